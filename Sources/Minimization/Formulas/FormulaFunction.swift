import Foundation

/// A function of one number that a formula may name.
enum FormulaFunction: String, CaseIterable, Hashable, Sendable {
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, exp, log, sqrt, abs, sigmoid, relu

  /// The function with its first two derivatives.
  ///
  /// Where it has a kink, the derivatives are those of one side, and 0 for `abs` and `relu` at 0.
  func callAsFunction(_ number: HyperDual) -> HyperDual {
    let x = number.value
    switch self {
    case .sin:
      let value = Foundation.sin(x)
      return number.applying(value, Foundation.cos(x), -value)
    case .cos:
      let value = Foundation.cos(x)
      return number.applying(value, -Foundation.sin(x), -value)
    case .tan:
      let value = Foundation.tan(x)
      let slope = 1 + value * value
      return number.applying(value, slope, 2 * value * slope)
    case .asin:
      let square = (1 - x) * (1 + x)
      return number.applying(Foundation.asin(x), 1 / square.squareRoot(), x / (square * square.squareRoot()))
    case .acos:
      let square = (1 - x) * (1 + x)
      return number.applying(
        Foundation.acos(x), -1 / square.squareRoot(), -x / (square * square.squareRoot()))
    case .atan:
      let slope = 1 / (1 + x * x)
      return number.applying(Foundation.atan(x), slope, -2 * x * slope * slope)
    case .sinh:
      let value = Foundation.sinh(x)
      return number.applying(value, Foundation.cosh(x), value)
    case .cosh:
      let value = Foundation.cosh(x)
      return number.applying(value, Foundation.sinh(x), value)
    case .tanh:
      // 1 − tanh² would cancel far out.
      let value = Foundation.tanh(x)
      let cosine = Foundation.cosh(x)
      let slope = 1 / (cosine * cosine)
      return number.applying(value, slope, -2 * value * slope)
    case .exp:
      let value = Foundation.exp(x)
      return number.applying(value, value, value)
    case .log: return number.applying(Foundation.log(x), 1 / x, -1 / (x * x))
    case .sqrt:
      let value = x.squareRoot()
      return number.applying(value, 0.5 / value, -0.25 / (x * value))
    case .abs: return number.applying(Swift.abs(x), x > 0 ? 1 : x < 0 ? -1 : 0, 0)
    case .relu: return number.applying(x > 0 ? x : x.isNaN ? x : 0, x > 0 ? 1 : 0, 0)
    case .sigmoid:
      let small = Foundation.exp(-Swift.abs(x))
      let value = (x >= 0 ? 1 : small) / (1 + small)
      let slope = small / ((1 + small) * (1 + small))
      return number.applying(value, slope, slope * (1 - 2 * value))
    }
  }
}
