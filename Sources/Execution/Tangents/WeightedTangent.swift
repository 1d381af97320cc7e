/// A convolution or a linear layer, y = W x + b: products of two factors, so that their derivatives are two products.
///
///     ẏ = W ẋ + ḃ + Ẇ x        dx = Wᵀ g,  its derivative Wᵀ ġ + Ẇᵀ g
///     dW = g xᵀ,  its derivative ġ xᵀ + g ẋᵀ        db = Σ g,  its derivative Σ ġ
final class WeightedTangent: TangentOperation {
  private let memory: TangentMemory
  private let inputCount: Int
  private let outputCount: Int
  private let weightCount: Int
  /// W x + b and Wᵀ g.
  private let values: any BoundKernel
  /// W ẋ + ḃ and Wᵀ ġ.
  private let tangents: any BoundKernel
  /// Ẇ x and Ẇᵀ g.
  private let directed: any BoundKernel
  /// ġ xᵀ and Σ ġ.
  private let products: any BoundKernel
  /// g ẋᵀ, and Σ g, which nobody asked for.
  private let furtherProducts: any BoundKernel

  /// Ties the kernel of a convolution or a linear layer.
  init(
    input: TensorLayout, output: TensorLayout, _ kernel: any Kernel, _ memory: TangentMemory
  ) throws(OneDNNError) {
    self.memory = memory
    (inputCount, outputCount) = (input.elementCount, output.elementCount)
    weightCount = memory.parameters.stored[0].layout.byteCount / 4
    let (x, y, scratch) = (memory.inputs[0], memory.output, memory.scratch)
    /// The weights of one with the bias of the other.
    func mixed(_ weights: DualParameters, bias: (StoredParameter) -> StoredParameter) -> DualParameters {
      var mixed = weights
      mixed.stored = weights.stored.prefix(1) + memory.direction.stored.dropFirst().map(bias)
      return mixed
    }
    values = try kernel.bind(memory.values)
    var tangents = memory.tangents
    tangents.parameters = mixed(memory.parameters) { $0 }.stored
    self.tangents = try kernel.bind(tangents)
    directed = try kernel.bind(
      memory.kernelMemory(
        inputs: [x.value], inputGradients: [x.gradient.map { _ in scratch.value }], output: scratch.value,
        outputGradient: y.gradient,
        parameters: mixed(memory.direction) { StoredParameter(layout: $0.layout, values: scratch.zeros) }))
    products = try kernel.bind(
      memory.kernelMemory(
        inputs: [x.value], inputGradients: [nil], output: scratch.value, outputGradient: y.gradientTangent,
        parameterGradients: memory.products))
    let further = [scratch.parameters, scratch.parameters + AlignedMemory.padded(4 * weightCount) / 4]
    furtherProducts = try kernel.bind(
      memory.kernelMemory(
        inputs: [x.tangent], inputGradients: [nil], output: scratch.value, outputGradient: y.gradient,
        parameterGradients: Array(further.prefix(memory.products.count))))
  }

  func forward() {
    values.run(.forward)
    tangents.run(.forward)
    directed.run(.forward)
    add(memory.scratch.value.floats, to: memory.output.tangent.floats, count: outputCount)
  }

  func backward() {
    products.run(.backwardWeights)
    furtherProducts.run(.backwardWeights)
    add(memory.scratch.parameters, to: memory.products[0], count: weightCount)
    guard let sum = memory.inputs[0].gradientTangent else { return }
    values.run(.backwardData)
    tangents.run(.backwardData)
    directed.run(.backwardData)
    add(memory.scratch.value.floats, to: sum.floats, count: inputCount)
  }
}
