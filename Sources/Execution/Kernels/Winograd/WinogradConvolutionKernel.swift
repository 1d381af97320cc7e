import Mistakes

/// A convolution of 3×3 filters at stride 1 by Winograd's minimal filtering, forward and both ways backward.
///
/// It multiplies 2.8 to 4 times less than the direct algorithm and rounds differently. Tiles of 4×4 or of 3×3
/// results, whichever leaves fewer products to a map of the given size; blocks of 16 channels only.
///
/// Lavin, Gray: "Fast Algorithms for Convolutional Neural Networks", 2015, arXiv:1509.09308, section 4.
final class WinogradConvolutionKernel: Kernel {
  private let parts: WinogradParts
  private let training: Bool
  private let weightLayout: MemoryDescriptor

  /// The kernel of a convolution all of whose passes are Winograd's.
  init(_ parts: WinogradParts, training: Bool) throws(OneDNNError) {
    self.parts = parts
    self.training = training
    weightLayout = try parts.weightLayout()
  }

  var preferredWeightLayout: MemoryDescriptor? { weightLayout }

  var algorithm: String? { parts.name }

  var addsToInputGradients: Bool { true }

  var addsToParameterGradients: Bool { parts.addsToParameterGradients }

  var scratchpadByteCount: Int { parts.scratchpadByteCount(training: training) }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    Bound(parts: parts, memory: memory)
  }

  private final class Bound: BoundKernel {
    let parts: WinogradParts
    let memory: KernelMemory

    init(parts: WinogradParts, memory: KernelMemory) {
      self.parts = parts
      self.memory = memory
    }

    func run(_ phase: Phase) {
      if parts.resultSize == 4 { run(phase, WinogradFour.self) } else { run(phase, WinogradThree.self) }
    }

    private func run<Transform: WinogradTransform>(_ phase: Phase, _: Transform.Type) {
      switch phase {
      case .forward:
        let bias = memory.parameters.count > 1 ? memory.parameters[1].values : nil
        parts.convolve(
          memory.inputs[0].floats, memory.parameters[0].values, turned: false, bias: bias, adds: false,
          into: memory.output.floats, scratchpad: memory.scratchpad, Transform.self)
      case .backwardData:
        guard let dy = memory.outputGradient?.floats, let dx = memory.inputGradients[0]?.floats else {
          return
        }
        parts.convolve(
          dy, memory.parameters[0].values, turned: true, bias: nil,
          adds: memory.addsInputGradients[0], into: dx, scratchpad: memory.scratchpad, Transform.self)
      case .backwardWeights:
        parts.computeParameterGradients(memory)
      default: unreachable("a convolution has no phase \(phase)")
      }
    }
  }
}
