import COneDNN
import Mistakes
import NeuralNetworks

/// A convolution by oneDNN, forward and both ways backward.
final class ConvolutionKernel: Kernel {
  private let engine: Engine
  private let input: MemoryDescriptor
  private let output: MemoryDescriptor
  private let bias: MemoryDescriptor?
  private let forward: Primitive
  private let backwardData: Primitive?
  private let backwardWeights: Primitive?
  /// What is computed in the place of primitives.
  private let parts: (any ConvolutionParts)?
  private let storedLayout: MemoryDescriptor?

  /// Compiles the convolution of `input` to `output`.
  ///
  /// - Parameters:
  ///   - hasBias: whether a bias [out] is added.
  ///   - training: whether the gradient of the parameters is needed.
  ///   - needsInputGradient: whether the gradient of the input is needed.
  ///   - parts: what is computed by other kernels than oneDNN's.
  init(
    _ window: Operation.Window, hasBias: Bool, input: TensorLayout, output: TensorLayout, training: Bool,
    needsInputGradient: Bool, parts: (any ConvolutionParts)?, engine: Engine
  ) throws(OneDNNError) {
    self.engine = engine
    self.input = try input.images()
    self.output = try output.images()
    bias = hasBias ? try MemoryDescriptor([output.storedChannels], tag: dnnl_x) : nil
    let filters = [output.storedChannels, input.storedChannels, window.kernel, window.kernel]
    var shape = Primitive.Convolution(
      source: self.input, weights: try MemoryDescriptor(filters, tag: dnnl_format_tag_any, input.element),
      bias: bias, result: self.output, stride: window.stride, padding: window.padding)
    forward = try Primitive.convolutionForward(shape, engine: engine)
    backwardData =
      training && needsInputGradient
      ? try Primitive.convolutionBackwardData(shape, forward: forward, engine: engine) : nil
    // Gradients are singles, whatever the values are.
    shape.weights = try MemoryDescriptor(filters, tag: dnnl_format_tag_any)
    let weights =
      training && parts == nil
      ? try Primitive.convolutionBackwardWeights(shape, forward: forward, engine: engine) : nil
    let own = weights?.isReference == true ? PlainFilterGradients(window, input: input, output: output) : nil
    self.parts = parts ?? own
    backwardWeights = own == nil ? weights : nil
    switch input.element {
    case .float32: storedLayout = try self.parts?.weightLayout() ?? forward.tensor(dnnl_query_weights_md)
    case .bfloat16: storedLayout = backwardWeights?.tensor(dnnl_query_diff_weights_md)
    }
  }

  var preferredWeightLayout: MemoryDescriptor? { storedLayout }

  var algorithm: String? {
    guard let parts else { return "direct" }
    return parts.computesResults ? parts.name : "direct, gradient of the filters \(parts.name)"
  }

  var addsToParameterGradients: Bool { parts?.addsToParameterGradients ?? false }

  var weightLayouts: [MemoryDescriptor] {
    [forward.tensor(dnnl_query_weights_md), backwardData?.tensor(dnnl_query_weights_md)].compactMap { $0 }
  }

  /// The layout in which the gradient of the weights is computed.
  private var gradientLayout: MemoryDescriptor? { backwardWeights?.tensor(dnnl_query_diff_weights_md) }

  private var primitiveScratchpadByteCount: Int {
    let primitives = [forward, backwardData, backwardWeights].compactMap { $0 }
    return AlignedMemory.padded(primitives.map(\.scratchpadByteCount).max() ?? 0)
  }

  /// Behind the primitives' scratch memory: the weights' gradient before it is brought into the stored layout.
  var scratchpadByteCount: Int {
    max(
      primitiveScratchpadByteCount + (gradientLayout?.byteCount ?? 0),
      parts?.scratchpadByteCount(training: true) ?? 0)
  }

  func bind(_ memory: KernelMemory) throws(OneDNNError) -> any BoundKernel {
    let bound = Bound(parts: parts, memory: memory)
    let scratchpad = memory.scratchpad
    func weights(of primitive: Primitive) throws(OneDNNError) -> (MemoryDescriptor, UnsafeMutableRawPointer) {
      guard let layout = primitive.tensor(dnnl_query_weights_md) else {
        throw OneDNNError(function: "dnnl_primitive_desc_query_md", status: 0)
      }
      return (layout, try memory.weights(layout))
    }
    let (layout, filters) = try weights(of: forward)
    var tensors = [
      (DNNL_ARG_SRC, input, memory.inputs[0]), (DNNL_ARG_WEIGHTS, layout, filters),
      (DNNL_ARG_DST, output, memory.output),
    ]
    if let bias {
      tensors.append((DNNL_ARG_BIAS, bias, UnsafeMutableRawPointer(memory.parameters[1].values)))
    }
    bound.forward = try BoundPrimitive(forward, tensors, scratchpad: scratchpad)
    guard let dy = memory.outputGradient else { return bound }

    if let backwardData, let dx = memory.inputGradients[0] {
      let (layout, filters) = try weights(of: backwardData)
      bound.backwardData = try BoundPrimitive(
        backwardData,
        [
          (DNNL_ARG_DIFF_DST, output, dy), (DNNL_ARG_WEIGHTS, layout, filters),
          (DNNL_ARG_DIFF_SRC, input, dx),
        ], scratchpad: scratchpad)
    }
    // Those of frozen weights are not computed.
    if let backwardWeights, let gradientLayout, !memory.parameterGradients.isEmpty {
      let stored = memory.parameters[0].layout
      let result = UnsafeMutableRawPointer(memory.parameterGradients[0])
      let isStored = gradientLayout.isEqual(to: stored)
      let target = isStored ? result : scratchpad + primitiveScratchpadByteCount
      var tensors = [
        (DNNL_ARG_SRC, input, memory.inputs[0]), (DNNL_ARG_DIFF_DST, output, dy),
        (DNNL_ARG_DIFF_WEIGHTS, gradientLayout, target),
      ]
      if let bias {
        tensors.append((DNNL_ARG_DIFF_BIAS, bias, UnsafeMutableRawPointer(memory.parameterGradients[1])))
      }
      bound.backwardWeights = try BoundPrimitive(backwardWeights, tensors, scratchpad: scratchpad)
      if !isStored {
        let reorder = try Primitive.reorder(gradientLayout, to: stored, engine: engine)
        bound.gradientReorder = try BoundPrimitive(
          reorder, [(DNNL_ARG_FROM, gradientLayout, target), (DNNL_ARG_TO, stored, result)],
          scratchpad: scratchpad)
      }
    }
    return bound
  }

  private final class Bound: BoundKernel {
    var forward: BoundPrimitive?
    var backwardData: BoundPrimitive?
    var backwardWeights: BoundPrimitive?
    var gradientReorder: BoundPrimitive?
    let parts: (any ConvolutionParts)?
    let memory: KernelMemory

    init(parts: (any ConvolutionParts)?, memory: KernelMemory) {
      self.parts = parts
      self.memory = memory
    }

    func run(_ phase: Phase) {
      switch phase {
      case .forward:
        if let parts, parts.computesResults { parts.computeResults(memory) } else { forward?.execute() }
      case .backwardData: backwardData?.execute()
      case .backwardWeights:
        if let parts {
          parts.computeParameterGradients(memory)
        } else {
          backwardWeights?.execute()
          gradientReorder?.execute()
        }
      default: unreachable("a convolution has no phase \(phase)")
      }
    }
  }
}
