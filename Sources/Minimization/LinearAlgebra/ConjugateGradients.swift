/// What the method of conjugate gradients found.
public struct ConjugateGradientsResult: Hashable, Sendable {
  /// Why it ended.
  public enum Ending: Hashable, Sendable {
    /// The residual is within the tolerance.
    case converged
    /// The iterations allowed were made.
    case iterationLimit
    /// A direction d with dᵀ A d ≤ 0 was met: A is not positive definite.
    case negativeCurvature
  }

  /// The last iterate.
  public var solution: [Double]
  /// The number of products with the matrix.
  public var productCount: Int
  /// Why it ended.
  public var ending: Ending
}

/// Solves A x = b for a symmetric positive definite A that is given by its products only.
///
/// It begins at x = 0 and ends where ‖b − A x‖ ≤ `tolerance`. At a direction of negative curvature it returns
/// the iterate so far, and where that is still zero the first direction, b: so that −x is a direction of
/// descent if b is a gradient. Nocedal, Wright: "Numerical Optimization", 2nd edition, algorithm 7.1, inner
/// loop.
///
/// - Parameters:
///   - rightHandSide: b, n elements.
///   - tolerance: of the norm of the residual, ≥ 0.
///   - iterationLimit: ≥ 1; n suffice without rounding.
///   - product: returns A times a vector, n elements.
/// - Complexity: O(n) and one product each iteration.
public func conjugateGradients(
  _ rightHandSide: [Double], tolerance: Double, iterationLimit: Int, product: ([Double]) throws -> [Double]
) rethrows -> ConjugateGradientsResult {
  var solution = [Double](repeating: 0, count: rightHandSide.count)
  var residual = rightHandSide
  var direction = rightHandSide
  var square = dot(residual, residual)
  for iteration in 0..<iterationLimit {
    if square.squareRoot() <= tolerance {
      return ConjugateGradientsResult(solution: solution, productCount: iteration, ending: .converged)
    }
    let image = try product(direction)
    let curvature = dot(direction, image)
    // Written so that a curvature that is no number ends the loop, too.
    guard curvature > 0 else {
      return ConjugateGradientsResult(
        solution: iteration == 0 ? direction : solution, productCount: iteration + 1,
        ending: .negativeCurvature)
    }
    let length = square / curvature
    solution = sum(solution, length, direction)
    residual = sum(residual, -length, image)
    let next = dot(residual, residual)
    direction = sum(residual, next / square, direction)
    square = next
  }
  return ConjugateGradientsResult(
    solution: solution, productCount: iterationLimit,
    ending: square.squareRoot() <= tolerance ? .converged : .iterationLimit)
}
