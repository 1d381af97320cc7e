/// How much rounding alone moves the gradient of an objective.
///
/// A point is stored in numbers of 53 bits, and so is everything a gradient is added up from. The nearest point that can
/// be written down has a gradient of about this size even where the exact one is zero; a smaller one says nothing.
/// It is measured: the coordinates are moved by two units in their last place, up or down, four times.
struct GradientRounding {
  /// The largest change of each element, n elements.
  let changes: [Double]

  /// Measures at a point; over the data of several ranks all ranks must call this.
  ///
  /// - Parameters:
  ///   - x: n elements.
  ///   - reference: the gradient there, or what is derived from it.
  ///   - gradient: returns the same at another point.
  init(at x: [Double], reference: [Double], gradient: ([Double]) throws -> [Double]) rethrows {
    var changes = [Double](repeating: 0, count: reference.count)
    // Neighbours move together and against each other.
    for (even, odd) in [(2.0, 2.0), (-2, -2), (2, -2), (-2, 2)] {
      let moved = x.enumerated().map { index, value in
        let sign = index % 2 == 0 ? even : odd
        return value == 0 ? 0 : value + sign * value.ulp
      }
      for (index, value) in try gradient(moved).enumerated() {
        changes[index] = max(changes[index], abs(value - reference[index]))
      }
    }
    self.changes = changes
  }

  /// The norm of the changes.
  var size: Double { norm(changes) }

  /// Whether an iterative method cannot be expected to come nearer than a gradient, or what is derived from it.
  ///
  /// The factor is for samples whose roundings add up otherwise from point to point.
  func hides(_ residual: [Double]) -> Bool {
    norm(residual) <= 16 * size
  }
}
