import COneDNN
import NeuralNetworks

/// y = x Wᵀ + b and its gradients: matrix products by oneDNN, the bias by our own loops.
///
/// Legend: n samples, i inputs, o outputs. W [o, i] is stored as in PyTorch.
final class LinearKernel: Kernel {
  private let input: TensorLayout
  private let output: TensorLayout
  private let forward: Primitive
  private let backwardData: Primitive?
  private let backwardWeights: Primitive?
  private let weights: MemoryDescriptor
  private let transposedWeights: MemoryDescriptor

  init(
    input: TensorLayout, output: TensorLayout, training: Bool, needsInputGradient: Bool, engine: Engine
  ) throws(OneDNNError) {
    self.input = input
    self.output = output
    let (i, o) = (input.shape.count, output.shape.count)
    weights = try MemoryDescriptor([o, i], strides: [i, 1])
    transposedWeights = try MemoryDescriptor([i, o], strides: [1, i])
    forward = try Primitive.matrixProduct(
      input.matrix(), transposedWeights, result: output.matrix(), engine: engine)
    backwardData =
      training && needsInputGradient
      ? try Primitive.matrixProduct(output.matrix(), weights, result: input.matrix(), engine: engine) : nil
    backwardWeights =
      training
      ? try Primitive.matrixProduct(
        output.transposedMatrix(), input.matrix(), result: weights, engine: engine) : nil
  }

  var scratchpadByteCount: Int {
    [forward, backwardData, backwardWeights].compactMap { $0?.scratchpadByteCount }.max() ?? 0
  }

  func bind(_ memory: KernelMemory) throws(OneDNNError) -> any BoundKernel {
    let bound = Bound(input: input, output: output, memory: memory)
    let (x, y) = (UnsafeMutableRawPointer(memory.inputs[0]), UnsafeMutableRawPointer(memory.output))
    let w = UnsafeMutableRawPointer(memory.parameters[0].values)
    bound.forward = try BoundPrimitive(
      forward,
      [
        (DNNL_ARG_SRC, input.matrix(), x), (DNNL_ARG_WEIGHTS, transposedWeights, w),
        (DNNL_ARG_DST, output.matrix(), y),
      ], scratchpad: memory.scratchpad)
    guard let dy = memory.outputGradient.map(UnsafeMutableRawPointer.init) else { return bound }
    if let backwardData, let dx = memory.inputGradients[0] {
      bound.backwardData = try BoundPrimitive(
        backwardData,
        [
          (DNNL_ARG_SRC, output.matrix(), dy), (DNNL_ARG_WEIGHTS, weights, w),
          (DNNL_ARG_DST, input.matrix(), UnsafeMutableRawPointer(dx)),
        ], scratchpad: memory.scratchpad)
    }
    if let backwardWeights {
      bound.backwardWeights = try BoundPrimitive(
        backwardWeights,
        [
          (DNNL_ARG_SRC, output.transposedMatrix(), dy), (DNNL_ARG_WEIGHTS, input.matrix(), x),
          (DNNL_ARG_DST, weights, UnsafeMutableRawPointer(memory.parameterGradients[0])),
        ], scratchpad: memory.scratchpad)
    }
    return bound
  }

  private final class Bound: BoundKernel {
    let input: TensorLayout
    let output: TensorLayout
    let memory: KernelMemory
    var forward: BoundPrimitive?
    var backwardData: BoundPrimitive?
    var backwardWeights: BoundPrimitive?

    init(input: TensorLayout, output: TensorLayout, memory: KernelMemory) {
      self.input = input
      self.output = output
      self.memory = memory
    }

    func run(_ phase: Phase) {
      switch phase {
      case .forward:
        forward?.execute()
        addBias()
      case .backwardData:
        backwardData?.execute()
        if let dx = memory.inputGradients[0] { clearPadding(of: dx, input) }
      case .backwardWeights:
        backwardWeights?.execute()
        sumBiasGradient()
      default: preconditionFailure("a linear layer has no phase \(phase)")
      }
    }

    /// y ← y + b in each row; the padding, which the product leaves as it was, becomes zero.
    private func addBias() {
      clearPadding(of: memory.output, output)
      guard memory.parameters.count > 1 else { return }
      let b = memory.parameters[1].values
      for n in 0..<output.samples {
        let row = memory.output + n * output.rowStride
        for o in 0..<output.shape.count { row[o] += b[o] }
      }
    }

    /// db = Σ dy over the samples.
    private func sumBiasGradient() {
      guard memory.parameters.count > 1, let dy = memory.outputGradient else { return }
      let db = memory.parameterGradients[1]
      db.update(repeating: 0, count: output.shape.count)
      for n in 0..<output.samples {
        let row = dy + n * output.rowStride
        for o in 0..<output.shape.count { db[o] += row[o] }
      }
    }

    private func clearPadding(of values: UnsafeMutablePointer<Float>, _ layout: TensorLayout) {
      let padding = layout.rowStride - layout.shape.count
      guard padding > 0 else { return }
      for n in 0..<layout.samples {
        (values + n * layout.rowStride + layout.shape.count).update(repeating: 0, count: padding)
      }
    }
  }
}
