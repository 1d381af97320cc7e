import COneDNN
import NeuralNetworks

/// A convolution of 3×3 filters at stride 1 by Winograd's minimal filtering, forward and both ways backward.
///
/// It multiplies 2.8 to 4 times less than the direct algorithm and rounds differently. Tiles of 4×4 or of 3×3
/// results, whichever leaves fewer products to a map of the given size; blocks of 16 channels only.
///
/// Lavin, Gray: "Fast Algorithms for Convolutional Neural Networks", 2015, arXiv:1509.09308, section 4.
final class WinogradConvolutionKernel: Kernel {
  private let parts: WinogradParts
  private let needsInputGradient: Bool
  private let training: Bool

  /// Makes the convolution of `input` to `output`.
  init(
    _ window: Operation.Window, input: TensorLayout, output: TensorLayout, training: Bool,
    needsInputGradient: Bool
  ) {
    parts = WinogradParts(input: input, output: output, padding: window.padding)
    self.training = training
    self.needsInputGradient = needsInputGradient
  }

  var preferredWeightLayout: MemoryDescriptor? {
    let filters = [parts.output.storedChannels, parts.input.storedChannels, 3, 3]
    return try? MemoryDescriptor(filters, tag: dnnl_OIhw16i16o)
  }

  var scratchpadByteCount: Int { parts.scratchpadByteCount(training: training) }

  func bind(_ memory: KernelMemory) throws(OneDNNError) -> any BoundKernel {
    let bound = Bound(parts: parts, memory: memory, forward: memory.filters(parts.filters(turned: false)))
    if needsInputGradient { bound.turned = UnsafePointer(memory.filters(parts.filters(turned: true))) }
    return bound
  }

  private final class Bound: BoundKernel {
    let parts: WinogradParts
    let memory: KernelMemory
    let forward: UnsafePointer<Float>
    var turned: UnsafePointer<Float>?

    init(parts: WinogradParts, memory: KernelMemory, forward: UnsafePointer<Float>) {
      self.parts = parts
      self.memory = memory
      self.forward = forward
    }

    func run(_ phase: Phase) {
      if parts.resultSize == 4 { run(phase, WinogradFour.self) } else { run(phase, WinogradThree.self) }
    }

    private func run<Transform: WinogradTransform>(_ phase: Phase, _: Transform.Type) {
      switch phase {
      case .forward:
        let bias = memory.parameters.count > 1 ? memory.parameters[1].values : nil
        parts.convolve(
          memory.inputs[0], parts.input, forward, bias: bias, into: memory.output, parts.output,
          padding: parts.padding, scratchpad: memory.scratchpad, Transform.self)
      case .backwardData:
        guard let dy = memory.outputGradient, let dx = memory.inputGradients[0], let turned else { return }
        parts.convolve(
          dy, parts.output, turned, bias: nil, into: dx, parts.input, padding: 2 - parts.padding,
          scratchpad: memory.scratchpad, Transform.self)
      case .backwardWeights:
        guard let dy = memory.outputGradient else { return }
        parts.filterGradient(
          memory.inputs[0], dy, into: memory.parameterGradients[0], scratchpad: memory.scratchpad,
          Transform.self)
        if memory.parameterGradients.count > 1 { parts.biasGradient(dy, into: memory.parameterGradients[1]) }
      default: preconditionFailure("a convolution has no phase \(phase)")
      }
    }
  }
}
