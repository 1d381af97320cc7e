import COneDNN
import Mistakes
import NeuralNetworks

/// y = x Wᵀ + b and its gradients: matrix products by oneDNN, the bias by our own loops.
///
/// Legend: n samples, i inputs, o outputs. W [o, i] is stored as in PyTorch, and read in the type of x and y.
final class LinearKernel: Kernel {
  private let input: TensorLayout
  private let output: TensorLayout
  private let forward: Primitive
  private let backwardData: Primitive?
  private let backwardWeights: Primitive?
  private let weights: MemoryDescriptor
  private let transposedWeights: MemoryDescriptor
  private let gradient: MemoryDescriptor

  init(
    input: TensorLayout, output: TensorLayout, training: Bool, needsInputGradient: Bool, engine: Engine
  ) throws(OneDNNError) {
    self.input = input
    self.output = output
    let (i, o) = (input.shape.count, output.shape.count)
    weights = try MemoryDescriptor([o, i], strides: [i, 1], input.element)
    transposedWeights = try MemoryDescriptor([i, o], strides: [1, i], input.element)
    gradient = try MemoryDescriptor([o, i], strides: [i, 1])
    forward = try Primitive.matrixProduct(
      input.matrix(), transposedWeights, result: output.matrix(), engine: engine)
    backwardData =
      training && needsInputGradient
      ? try Primitive.matrixProduct(output.matrix(), weights, result: input.matrix(), engine: engine) : nil
    backwardWeights =
      training
      ? try Primitive.matrixProduct(
        output.transposedMatrix(), input.matrix(), result: gradient, engine: engine) : nil
  }

  var weightLayouts: [MemoryDescriptor] { [weights] }

  var scratchpadByteCount: Int {
    [forward, backwardData, backwardWeights].compactMap { $0?.scratchpadByteCount }.max() ?? 0
  }

  func bind(_ memory: KernelMemory) throws(OneDNNError) -> any BoundKernel {
    let bound = Bound(input: input, output: output, memory: memory)
    let (x, y) = (memory.inputs[0], memory.output)
    let w = try memory.weights(weights)
    bound.forward = try BoundPrimitive(
      forward,
      [
        (DNNL_ARG_SRC, input.matrix(), x), (DNNL_ARG_WEIGHTS, transposedWeights, w),
        (DNNL_ARG_DST, output.matrix(), y),
      ], scratchpad: memory.scratchpad)
    guard let dy = memory.outputGradient else { return bound }
    if let backwardData, let dx = memory.inputGradients[0] {
      bound.backwardData = try BoundPrimitive(
        backwardData,
        [
          (DNNL_ARG_SRC, output.matrix(), dy), (DNNL_ARG_WEIGHTS, weights, w),
          (DNNL_ARG_DST, input.matrix(), dx),
        ], scratchpad: memory.scratchpad)
    }
    // Those of frozen weights are not computed.
    if let backwardWeights, !memory.parameterGradients.isEmpty {
      bound.backwardWeights = try BoundPrimitive(
        backwardWeights,
        [
          (DNNL_ARG_SRC, output.transposedMatrix(), dy), (DNNL_ARG_WEIGHTS, input.matrix(), x),
          (DNNL_ARG_DST, gradient, UnsafeMutableRawPointer(memory.parameterGradients[0])),
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
        clearPadding(of: memory.output, output)
        switch output.element {
        case .float32: addBias(Float.self)
        case .bfloat16: addBias(BFloat16.self)
        }
      case .backwardData:
        backwardData?.execute()
        if let dx = memory.inputGradients[0] { clearPadding(of: dx, input) }
      case .backwardWeights:
        backwardWeights?.execute()
        switch output.element {
        case .float32: sumBiasGradient(Float.self)
        case .bfloat16: sumBiasGradient(BFloat16.self)
        }
      default: unreachable("a linear layer has no phase \(phase)")
      }
    }

    /// y ← y + b in each row.
    private func addBias<Element: StoredElement>(_: Element.Type) {
      guard memory.parameters.count > 1 else { return }
      let b = memory.parameters[1].values
      for n in 0..<output.samples {
        let row = memory.output.elements(Element.self) + n * output.rowStride
        for o in 0..<output.shape.count { row[o] = Element(rounding: row[o].float + b[o]) }
      }
    }

    /// db = Σ dy over the samples.
    private func sumBiasGradient<Element: StoredElement>(_: Element.Type) {
      guard memory.parameters.count > 1, let dy = memory.outputGradient else { return }
      let db = memory.parameterGradients[1]
      db.update(repeating: 0, count: output.shape.count)
      for n in 0..<output.samples {
        let row = dy.elements(Element.self) + n * output.rowStride
        for o in 0..<output.shape.count { db[o] += row[o].float }
      }
    }

    /// Makes zeros of the padding, which a product leaves as it was.
    private func clearPadding(of values: UnsafeMutableRawPointer, _ layout: TensorLayout) {
      let padding = layout.rowStride - layout.shape.count
      guard padding > 0 else { return }
      let size = layout.element.byteCount
      for n in 0..<layout.samples {
        (values + size * (n * layout.rowStride + layout.shape.count))
          .initializeMemory(as: UInt8.self, repeating: 0, count: size * padding)
      }
    }
  }
}
