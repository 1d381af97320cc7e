/// A point of a minimization at which the objective was evaluated.
public struct Iterate: Hashable, Sendable {
  /// The steps taken before, from 0.
  public var step: Int
  /// The point x, n elements.
  public var x: [Double]
  /// The value f(x).
  public var value: Double
  /// The gradient ∇f(x), n elements.
  public var gradient: [Double]
  /// The Euclidean norm of the gradient.
  public var gradientNorm: Double
  /// The factor η of the step that led here; 0 at the start.
  public var stepLength: Double

  /// Evaluates an objective at a point.
  init(step: Int, x: [Double], stepLength: Double, objective: any Objective) throws {
    (value, gradient) = try objective.valueAndGradient(at: x)
    gradientNorm = norm(gradient)
    self.step = step
    self.x = x
    self.stepLength = stepLength
  }

  /// Whether the point, the value and the gradient are numbers.
  var isFinite: Bool { x.allSatisfy(\.isFinite) && value.isFinite && gradientNorm.isFinite }
}
