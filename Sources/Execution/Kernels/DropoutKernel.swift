import Mistakes
import NeuralNetworks
import Randomness

/// What the random numbers of a training batch follow from, whatever the ranks.
public struct BatchRandomness: Hashable, Sendable {
  /// The seed of the run.
  public var seed: UInt64
  /// The steps taken before, 0 to 2³² − 1.
  public var step: Int

  /// The numbers of a step.
  public init(seed: UInt64 = 0, step: Int = 0) {
    require(UInt32(exactly: step) != nil, "the steps of dropout are 0 to 4294967295, not \(step)")
    (self.seed, self.step) = (seed, step)
  }
}

/// The random numbers of one microshard's dropouts: those of its batch, and where it lies in that.
struct DropoutMemory {
  var randomness: BatchRandomness
  /// The position in the batch of the microshard's first sample.
  var firstPosition: Int
}

/// y = m x / (1 − p) in training, y = x in evaluation; over blocked values.
///
/// The i-th element of a sample in PyTorch's order gets the i-th number of the layer's part of the sample's stream, so that
/// neither the layout nor the microshard shows.
final class DropoutKernel: Kernel {
  private let layout: TensorLayout
  private let draw: Draw?

  /// The numbers of a layer.
  private struct Draw {
    /// Elements whose 24 random bits are less are left out.
    var threshold: UInt32
    var scale: Float
    /// The first block of four numbers in the stream of a sample.
    var firstBlock: UInt32
  }

  /// The kernel of one dropout.
  ///
  /// - Parameters:
  ///   - layout: that of input and output.
  ///   - firstElement: the elements of a sample in all dropouts before this one, each counted up to a multiple of four.
  ///   - drops: whether anything is left out: not in evaluations.
  init(probability: Double, layout: TensorLayout, firstElement: Int, drops: Bool) {
    self.layout = layout
    draw =
      drops && probability > 0
      ? Draw(
        threshold: UInt32((probability * 0x1p24).rounded()), scale: Float(1 / (1 - probability)),
        firstBlock: UInt32(truncatingIfNeeded: firstElement / 4)) : nil
  }

  /// A factor for each element.
  var workspaceByteCount: Int { draw == nil ? 0 : 4 * layout.elementCount }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    Bound(layout: layout, draw: draw, memory: memory)
  }

  private final class Bound: BoundKernel {
    let layout: TensorLayout
    let draw: Draw?
    let memory: KernelMemory

    init(layout: TensorLayout, draw: Draw?, memory: KernelMemory) {
      self.layout = layout
      self.draw = draw
      self.memory = memory
    }

    func run(_ phase: Phase) {
      switch layout.element {
      case .float32: run(phase, Float.self)
      case .bfloat16: run(phase, BFloat16.self)
      }
    }

    private func run<Element: StoredElement>(_ phase: Phase, _: Element.Type) {
      switch phase {
      case .forward:
        if let draw { drawFactors(draw) }
        multiply(memory.inputs[0].elements(Element.self), into: memory.output.elements(Element.self))
      case .backwardData:
        guard let dy = memory.outputGradient, let dx = memory.inputGradients[0] else { return }
        multiply(dy.elements(Element.self), into: dx.elements(Element.self))
      default: unreachable("a dropout has no phase \(phase)")
      }
    }

    private func multiply<Element: StoredElement>(
      _ x: UnsafeMutablePointer<Element>, into y: UnsafeMutablePointer<Element>
    ) {
      guard draw != nil else { return y.update(from: x, count: layout.elementCount) }
      let factors = memory.workspace.elements(Float.self)
      for index in 0..<layout.elementCount { y[index] = Element(rounding: x[index].float * factors[index]) }
    }

    /// Writes 0 or 1 / (1 − p) for each element; 0 for what fills up the last block of channels.
    private func drawFactors(_ draw: Draw) {
      guard let key = memory.dropout?() else { unreachable("a dropout was bound without its random numbers") }
      let factors = memory.workspace.elements(Float.self)
      factors.update(repeating: 0, count: layout.elementCount)
      let (B, pixels, count) = (layout.channelBlock, layout.shape.pixels, layout.shape.count)
      for n in 0..<layout.samples {
        let row = factors + n * layout.rowCount
        var random = Philox(
          seed: key.randomness.seed, purpose: .dropout, key.randomness.step, key.firstPosition + n)
        random.skip(blocks: draw.firstBlock)
        for index in 0..<count {
          let (channel, pixel) = (index / pixels, index % pixels)
          let isKept = random.nextWord() >> 8 >= draw.threshold
          row[(channel / B * pixels + pixel) * B + channel % B] = isKept ? draw.scale : 0
        }
      }
    }
  }
}
