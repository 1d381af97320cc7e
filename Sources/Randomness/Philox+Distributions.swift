import Foundation
import Mistakes

extension Philox {
  /// A number of the standard normal distribution: mean 0, variance 1, at most 6.8 in magnitude.
  ///
  /// Each call takes two words of the stream, u and v in (0, 1), and returns √(−2 ln u) · cos 2πv. It is
  /// evaluated in `Double` and rounded once, so that the last bit of a platform's logarithm hardly ever
  /// shows.
  ///
  /// Box, Muller: "A Note on the Generation of Random Normal Deviates", Annals of Mathematical Statistics 29,
  /// 1958, doi:10.1214/aoms/1177706645.
  public mutating func normal() -> Float {
    let radius = (-2 * log((Double(nextWord()) + 0.5) * 0x1p-32)).squareRoot()
    let angle = 2 * Double.pi * ((Double(nextWord()) + 0.5) * 0x1p-32)
    return Float(radius * cos(angle))
  }

  /// An integer in 0 ..< `bound`, each with the same probability.
  ///
  /// Takes one word of the stream, seldom more. The standard library's own draw is not used because its
  /// algorithm may change between Swift versions, and an order of samples must not.
  ///
  /// Lemire: "Fast Random Integer Generation in an Interval", ACM TOMACS 29, 2019, doi:10.1145/3230636.
  ///
  /// - Parameter bound: at least 1.
  public mutating func uniform(below bound: UInt32) -> UInt32 {
    require(bound > 0, "a draw below 0 has no values")
    var product = nextWord().multipliedFullWidth(by: bound)
    if product.low < bound {
      // The first 2³² mod bound products of each interval are one too many for an even distribution.
      let excess = (0 &- bound) % bound
      while product.low < excess {
        product = nextWord().multipliedFullWidth(by: bound)
      }
    }
    return product.high
  }

  /// The numbers 0 ..< `count` in random order, each order with the same probability.
  ///
  /// Fisher and Yates' shuffle in Durstenfeld's form (CACM 7, 1964, algorithm 235,
  /// doi:10.1145/364520.364540).
  ///
  /// - Parameter count: 0 to 2³² − 1.
  /// - Complexity: O(`count`)
  public mutating func permutation(count: Int) -> [UInt32] {
    require(
      UInt32(exactly: count) != nil, "a permutation of \(count) numbers does not fit 32-bit indices")
    var order = (0..<count).map { UInt32(truncatingIfNeeded: $0) }
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(uniform(below: UInt32(last + 1))))
    }
    return order
  }
}
