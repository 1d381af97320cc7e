import Mistakes
import Randomness

/// How far the products of an operator are off that depends on numbers which are rounded, and computes with rounding.
///
/// Where every number that it depends on moves to a neighbour, up or down at random, all that is computed rounds otherwise:
/// products change by about as much as they are off (Parker: "Monte Carlo Arithmetic", UCLA CSD-970002, 1997). What the
/// change is for a vector whose product is long bounds the errors of the extreme eigenvalues; what it is for a random one,
/// that of a trace. What is told is never below the precision of the numbers times the length of the product, for an
/// operator may not depend on what is moved.
public struct OperatorRounding: Hashable, Sendable {
  /// The error's norm in the product with a vector of length one, in a direction in which the operator is large.
  public var productError: Double
  /// The norm of that product: about the largest magnitude of an eigenvalue.
  public var scale: Double
  /// The error's norm in the product with a random vector of elements ±1: about that of vᵀA v, too.
  public var probeError: Double

  /// The moved operators that an estimate takes.
  public static let neighbourCount = 3
  /// How many products turn a random direction into one in which the operator is large.
  private static let powerIterations = 2
  /// The products that an estimate takes.
  public static let productCount = powerIterations + 2 * (1 + neighbourCount)

  /// Estimates the errors of an operator.
  ///
  /// - Parameters:
  ///   - dimension: n, ≥ 1.
  ///   - precision: the relative precision of the numbers, such as `Double(Float.ulpOfOne)`, ≥ 0.
  ///   - seed: names the vectors.
  ///   - product: returns A v, n elements, of the operator (nil) or of one of its neighbours, 0 to ``neighbourCount`` − 1.
  /// - Throws: ``OperatorError/productNotFinite(product:)`` if a product is not finite, and what `product` throws.
  public init(
    dimension: Int, precision: Double, seed: UInt64,
    product: (_ vector: [Double], _ neighbour: Int?) throws -> [Double]
  ) throws {
    require(dimension >= 1, "an operator needs at least 1 dimension, given \(dimension)")
    var number = 0
    func checked(_ vector: [Double], _ neighbour: Int?) throws -> [Double] {
      number += 1
      return try OperatorError.checked(vector, number: number) { try product($0, neighbour) }
    }
    /// The product with a vector, and its error.
    func examined(_ vector: [Double]) throws -> (product: [Double], error: Double) {
      let image = try checked(vector, nil)
      var most = precision * norm(image)
      for neighbour in 0..<Self.neighbourCount {
        most = max(most, norm(sum(try checked(vector, neighbour), -1, image)))
      }
      return (image, most)
    }

    var random = Philox(seed: seed, purpose: .probe, 2)
    let signs = (0..<dimension).map { _ in random.nextWord() & 1 == 0 ? 1.0 : -1 }
    probeError = try examined(signs).error
    var direction = signs
    for iteration in 0...Self.powerIterations {
      let length = norm(direction)
      direction = direction.map { $0 / length }
      guard iteration < Self.powerIterations else { break }
      let image = try checked(direction, nil)
      // Where the operator is zero any direction is as good.
      if norm(image) > 0 { direction = image }
    }
    let found = try examined(direction)
    (productError, scale) = (found.error, norm(found.product))
  }
}
