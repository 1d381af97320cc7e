package import Execution
import Mistakes

/// Products with the Hessian of a mean loss over fixed samples, at any parameters of an executor's model.
///
/// Each product is exact but for the rounding of single precision. Those of the batches are added up in `Double`, in their
/// order, by their shares of the samples, as ``LossGradient`` adds up gradients.
package struct LossHessian {
  /// The loss and its gradient.
  package let gradient: LossGradient
  private let products: HessianProducts

  /// Makes the products of a loss.
  ///
  /// - Parameter products: those of the executor that computes `gradient`.
  package init(of gradient: LossGradient, _ products: HessianProducts) {
    require(
      products.executor === gradient.executor,
      "the products are those of another executor than the gradient's")
    (self.gradient, self.products) = (gradient, products)
  }

  /// The product ∇²L(θ) v; the executor keeps θ.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - parameters: θ, in the order of `Executor.parameterVector()`.
  ///   - vector: v, in the same order; rounded to `Float`.
  /// - Throws: what the reduction throws.
  package func product(at parameters: [Float], with vector: [Double]) throws -> [Double] {
    try gradient.executor.setParameters(parameters)
    try products.setDirection(vector.map { Float($0) })
    var result = [Double](repeating: 0, count: vector.count)
    try gradient.forEachBatch { count, share, fill in
      for (index, element) in try products.product(samples: count, fill: fill).enumerated() {
        result[index] += share * Double(element)
      }
    }
    return result
  }
}
