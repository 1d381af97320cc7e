/// An activation y = f(x): ẏ = f′ẋ, and of dx = f′g the derivative f′ġ + f″ẋg.
///
/// The activation's kernel multiplies with f′, which it takes from y.
final class ActivationTangent: TangentOperation {
  private let function: ActivationFunction
  private let count: Int
  private let memory: TangentMemory
  private let values: any BoundKernel
  private let resultTangent: any BoundKernel
  private let gradientTangent: any BoundKernel

  /// Ties the kernel of an activation, whose input and output have a layout.
  init(
    _ function: ActivationFunction, _ layout: TensorLayout, _ kernel: any Kernel, _ memory: TangentMemory
  ) throws(OneDNNError) {
    (self.function, self.memory) = (function, memory)
    count = layout.elementCount
    let (input, output) = (memory.inputs[0], memory.output)
    /// What takes `source` to f′ · `source`.
    func derivative(
      _ source: UnsafeMutableRawPointer?, _ target: UnsafeMutableRawPointer?
    ) throws(OneDNNError) -> any BoundKernel {
      try kernel.bind(
        memory.kernelMemory(
          inputs: [input.value], inputGradients: [target], output: output.value, outputGradient: source))
    }
    values = try kernel.bind(memory.values)
    resultTangent = try derivative(input.tangent, output.tangent)
    gradientTangent = try derivative(output.gradientTangent, input.gradientTangent)
  }

  func forward() {
    values.run(.forward)
    resultTangent.run(.backwardData)
  }

  func backward() {
    values.run(.backwardData)
    gradientTangent.run(.backwardData)
    // f″ of the others is zero.
    guard function == .sigmoid, let sum = memory.inputs[0].gradientTangent?.floats,
      let g = memory.output.gradient?.floats
    else { return }
    let (y, ẏ) = (memory.output.value.floats, memory.output.tangent.floats)
    // f′ = y (1 − y), whose derivative is (1 − 2y) ẏ.
    for index in 0..<count { sum[index] += (1 - 2 * y[index]) * ẏ[index] * g[index] }
  }
}
