import Execution
import NeuralNetworks
package import Optimizers

extension Replica {
  /// Updates the parameters that are trained by the gradient of the latest batch, cut to the norm that the recipe allows, each
  /// at its own factor of the learning rate, and the average of the weights, if one is kept.
  ///
  /// - Returns: the norm of the gradient before it was cut; nil where the recipe allows any.
  @discardableResult
  package func update(by rule: any UpdateRule, _ step: UpdateStep) -> Double? {
    let norm = clipNorm.map { _ in executor.gradientNorm() }
    executor.forEachParameter(gradientsTimes: factor(ofNorm: norm)) { memory in
      var parameter = ParameterUpdate(
        memory.index, of: executor.graph.parameters, values: memory.values, gradients: memory.gradients,
        slots: memory.slots)
      rule.update(
        &parameter, UpdateStep(index: step.index, learningRate: step.learningRate * rateFactors[memory.index])
      )
    }
    if let average {
      executor.updateAverages { isFirst, averages, weights in
        average.update(averages, weights, isFirst: isFirst)
      }
    }
    return norm
  }

  /// What a gradient of a norm is multiplied with.
  private func factor(ofNorm norm: Double?) -> Float {
    guard let clipNorm, let norm else { return 1 }
    // PyTorch's constant, which keeps the quotient finite.
    return Float(min(1, clipNorm / (norm + 1e-6)))
  }
}
