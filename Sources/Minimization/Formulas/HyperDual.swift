import Foundation

/// A number with two infinitesimal directions: a + a₁ε₁ + a₂ε₂ + a₁₂ε₁ε₂ with ε₁² = ε₂² = 0.
///
/// A function of x + uε₁ + vε₂ has the directional derivatives ∇f·u and ∇f·v as its parts and uᵀ∇²f v as the mixed one, exactly but
/// for rounding: nothing is subtracted from anything near it. Fike, Alonso: "The Development of Hyper-Dual Numbers for Exact
/// Second-Derivative Calculations", AIAA 2011-886, doi:10.2514/6.2011-886.
struct HyperDual: Hashable, Sendable {
  var value: Double
  var first = 0.0
  var second = 0.0
  var mixed = 0.0

  /// f(a), of whose derivatives at the value f′ and f″ are known.
  func applying(_ value: Double, _ derivative: Double, _ secondDerivative: Double) -> HyperDual {
    HyperDual(
      value: value, first: derivative * first, second: derivative * second,
      mixed: derivative * mixed + secondDerivative * first * second)
  }

  static func + (left: HyperDual, right: HyperDual) -> HyperDual {
    HyperDual(
      value: left.value + right.value, first: left.first + right.first, second: left.second + right.second,
      mixed: left.mixed + right.mixed)
  }

  static prefix func - (number: HyperDual) -> HyperDual {
    HyperDual(value: -number.value, first: -number.first, second: -number.second, mixed: -number.mixed)
  }

  static func - (left: HyperDual, right: HyperDual) -> HyperDual { left + -right }

  static func * (left: HyperDual, right: HyperDual) -> HyperDual {
    HyperDual(
      value: left.value * right.value,
      first: left.first * right.value + left.value * right.first,
      second: left.second * right.value + left.value * right.second,
      mixed: left.mixed * right.value + left.first * right.second + left.second * right.first
        + left.value * right.mixed)
  }

  static func / (left: HyperDual, right: HyperDual) -> HyperDual {
    let inverse = 1 / right.value
    var result = left * right.applying(inverse, -inverse * inverse, 2 * inverse * inverse * inverse)
    // One rounding instead of two.
    result.value = left.value / right.value
    return result
  }

  /// a to a constant power; whole powers of negative numbers, too.
  func raised(to power: Double) -> HyperDual {
    func scaled(_ factor: Double, _ exponent: Double) -> Double {
      factor == 0 ? 0 : factor * Self.power(value, exponent)
    }
    return applying(
      Self.power(value, power), scaled(power, power - 1), scaled(power * (power - 1), power - 2))
  }

  /// a to a power that varies, a > 0.
  func raised(to power: HyperDual) -> HyperDual {
    if power.first == 0 && power.second == 0 && power.mixed == 0 { return raised(to: power.value) }
    let logarithm = log(value)
    let base = applying(logarithm, 1 / value, -1 / (value * value))
    let exponent = power * base
    let result = Self.power(value, power.value)
    return exponent.applying(result, result, result)
  }

  /// Small whole powers as they are written by hand, all others by the C library.
  private static func power(_ base: Double, _ exponent: Double) -> Double {
    switch exponent {
    case 0: 1
    case 1: base
    case 2: base * base
    case 3: base * base * base
    default: pow(base, exponent)
    }
  }
}
