import Mistakes
import Randomness

/// Products with the Hessian of a function that tells its gradients only, and these not exactly.
///
///     ∇²f(x) v ≈ ‖v‖ D(h),  D(h) = (∇f(x + h u) − ∇f(x − h u)) / 2h,  u = v / ‖v‖
///
/// Two errors work against each other: the rounding of gradients and points, of order 1/h, and what the higher
/// derivatives add, of order h², or h where the gradient has kinks. They balance about h = ε^⅓ (1 + ‖x‖), with ε the
/// precision of the gradients, if the higher derivatives are of the size of the others. As this is not known, steps
/// from 1/64 to 16 times that one are tried, and the error of each is estimated:
///
///     ‖D(h) − D(h/4)‖ / 4 + ‖D(4h) − D(h)‖ / 3
///
/// The first is the rounding, which is four times as large at h/4; the second is the rest, which from h to 4h grows by
/// three times itself or more. What is told is never below ε (‖∇f(x + h u)‖ + ‖∇f(x − h u)‖) / 2h, which rounding alone
/// can make.
///
/// They are tried in a direction in which the Hessian is large: there the higher derivatives are, too, while the
/// rounding is much the same in all directions.
///
/// Nocedal, Wright: "Numerical Optimization", 2nd edition, section 8.1; Gill, Murray, Saunders, Wright: "Computing
/// Forward-Difference Intervals for Numerical Optimization", SIAM J. Sci. Stat. Comput. 4, 1983, doi:10.1137/0904025.
public struct HessianDifference {
  /// The point x.
  public let point: [Double]
  /// The distance h of the points of a difference from x, > 0.
  public let step: Double
  /// An estimate of the error's norm in the product with a vector of length one, ≥ 0.
  public let productError: Double
  /// The norm of the product in the direction of the trial: about the largest magnitude of an eigenvalue, ≥ 0.
  public let scale: Double

  private let gradient: ([Double]) throws -> [Double]

  /// The powers of 4 by which the steps differ from the one that is to be expected.
  private static let powers = -4...3
  /// How many products turn a random direction into one in which the Hessian is large.
  private static let powerIterations = 2

  /// The differences, of two gradients each, that find the step.
  public static let trialCount = powers.count + powerIterations

  /// Finds the step by ``trialCount`` differences.
  ///
  /// - Parameters:
  ///   - point: x, n ≥ 1 elements.
  ///   - precision: the relative precision ε of the gradients, such as `Double(Float.ulpOfOne)`, > 0.
  ///   - seed: names the random direction from which the trial begins.
  ///   - gradient: returns ∇f(y), n elements, for a y of n elements.
  /// - Throws: ``OperatorError/productNotFinite(product:)`` if no difference is finite, and what `gradient` throws.
  public init(
    at point: [Double], precision: Double, seed: UInt64, gradient: @escaping ([Double]) throws -> [Double]
  ) throws {
    require(point.count >= 1, "given a point of \(point.count) elements but at least 1 needed")
    require(precision > 0, "precision \(precision) is not > 0")
    let expected = precision.cubeRoot * (1 + norm(point))
    func product(with vector: [Double], step: Double) throws -> (product: [Double], rounding: Double) {
      let (product, size) = try Self.difference(of: gradient, at: point, along: vector, step: step)
      return (product, rounding: precision * size)
    }

    var random = Philox(seed: seed, purpose: .probe, 2)
    var direction = point.map { _ in Double(random.normal()) }
    for number in 1...Self.powerIterations {
      var rounding = 0.0
      let image = try OperatorError.checked(direction, number: number) {
        let (image, error) = try product(with: $0, step: expected)
        rounding = error
        return image
      }
      // Where the Hessian is zero any direction is as good, but for those that rounding has made.
      if norm(image) > rounding { direction = image }
      let length = norm(direction)
      direction = direction.map { $0 / length }
    }

    // Powers of 2 leave the steps exact.
    let steps = Self.powers.map { Double(sign: .plus, exponent: 2 * $0, significand: expected) }
    var (scales, roundings, changes): ([Double], [Double], [Double]) = ([], [], [])
    var latest: [Double]?
    for step in steps {
      let (next, rounding) = try product(with: direction, step: step)
      scales.append(norm(next))
      roundings.append(rounding)
      if let latest { changes.append(norm(sum(next, -1, latest))) }
      latest = next
    }
    let errors = changes.indices.dropFirst().map { changes[$0 - 1] / 4 + changes[$0] / 3 }
    // Far from the point a function may overflow.
    guard let least = errors.filter(\.isFinite).min(), let best = errors.firstIndex(of: least) else {
      throw OperatorError.productNotFinite(product: Self.powerIterations + 1)
    }
    // The first step has no error: there is none before it.
    (step, scale, productError) = (steps[best + 1], scales[best + 1], max(least, roundings[best + 1]))
    self.point = point
    self.gradient = gradient
  }

  /// The product ∇²f(x) v, n elements; its error is about ``productError`` · ‖v‖.
  ///
  /// - Parameter vector: v, n elements.
  public func product(with vector: [Double]) throws -> [Double] {
    try Self.difference(of: gradient, at: point, along: vector, step: step).product
  }

  /// The product with a vector, and the size of what it is the difference of: of the gradients over 2h.
  static func difference(
    of gradient: ([Double]) throws -> [Double], at point: [Double], along vector: [Double], step: Double
  ) throws -> (product: [Double], size: Double) {
    let length = norm(vector)
    guard length > 0 else { return (vector, 0) }
    let factor = step / length
    let after = try gradient(sum(point, factor, vector))
    let before = try gradient(sum(point, -factor, vector))
    return (zip(after, before).map { ($0 - $1) / (2 * factor) }, (norm(after) + norm(before)) / (2 * step))
  }
}
