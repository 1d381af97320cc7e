import Foundation

/// A marked value of an axis: `mantissa` · 10^`exponent`, so that its label is exact.
package struct Tick: Equatable {
  let mantissa: Int
  let exponent: Int

  /// Makes a tick; trailing zeros of the mantissa go to the exponent.
  package init(_ mantissa: Int, exponent: Int) {
    var (mantissa, exponent) = (mantissa, mantissa == 0 ? 0 : exponent)
    while mantissa != 0 && mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// The double nearest to the marked value.
  package var value: Double { Double("\(mantissa)e\(exponent)") ?? 0 }

  /// The value in digits: plain from 0.0001 to 999999, in scientific notation beyond.
  package var label: String {
    let sign = mantissa < 0 ? "−" : ""
    let digits = String(mantissa.magnitude)
    let wholeDigits = digits.count + exponent
    if exponent >= 0 && wholeDigits <= 6 {
      return sign + digits + String(repeating: "0", count: exponent)
    }
    if exponent < 0 && wholeDigits > 0 {
      return "\(sign)\(digits.prefix(wholeDigits)).\(digits.suffix(-exponent))"
    }
    if exponent < 0 && wholeDigits > -4 {
      return sign + "0." + String(repeating: "0", count: -wholeDigits) + digits
    }
    let fraction = digits.count > 1 ? ".\(digits.dropFirst())" : ""
    return "\(sign)\(digits.prefix(1))\(fraction)e\(wholeDigits - 1)"
  }

  /// Ticks at the multiples of 1, 2 or 5 times a power of ten; the first and the last enclose the range.
  ///
  /// - Parameters:
  ///   - lower: the least value, finite.
  ///   - upper: the greatest value, above `lower` by at least 10⁻¹² of its magnitude.
  /// - Returns: 3 to 7 ticks.
  package static func linear(from lower: Double, to upper: Double) -> [Tick] {
    let step = (upper - lower) / 5
    var exponent = Int(log10(step).rounded(.down))
    // A step that is a round number up to rounding stays the one it is.
    let leading = step / pow(10, Double(exponent)) * (1 - 1e-9)
    var factor = 1
    switch leading {
    case ...1: factor = 1
    case ...2: factor = 2
    case ...5: factor = 5
    default: exponent += 1
    }
    let unit = Tick(factor, exponent: exponent).value
    let first = Int((lower / unit + 1e-9).rounded(.down))
    let last = Int((upper / unit - 1e-9).rounded(.up))
    return (first...last).map { Tick($0 * factor, exponent: exponent) }
  }

  /// Ticks for a logarithmic axis; the first and the last enclose the range.
  ///
  /// They are powers of ten, with 2 and 5 between them where there is room, or even steps where the range is
  /// narrow.
  ///
  /// - Parameters:
  ///   - lower: the least value, positive.
  ///   - upper: the greatest value, above `lower` by at least 10⁻¹² of it.
  /// - Returns: 2 to 9 ticks, all positive.
  package static func logarithmic(from lower: Double, to upper: Double) -> [Tick] {
    // Below a factor of 3 a linear step never exceeds the least value, so that zero is not reached.
    if upper < 3 * lower { return linear(from: lower, to: upper) }
    let exponents = Int(log10(lower).rounded(.down))...Int(log10(upper).rounded(.up))
    let fine = exponents.flatMap { exponent in [1, 2, 5].map { Tick($0, exponent: exponent) } }
    let first = fine.lastIndex { $0.value <= lower } ?? 0
    let last = fine.firstIndex { $0.value >= upper } ?? fine.count - 1
    if last - first < 9 { return Array(fine[first...last]) }
    // The last power may lie past the range by less than one stride.
    let stride = (exponents.count - 2) / 8 + 1
    let count = (exponents.count - 2) / stride + 2
    return (0..<count).map { Tick(1, exponent: exponents.lowerBound + $0 * stride) }
  }
}
