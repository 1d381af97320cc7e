import Mistakes
import NeuralNetworks

/// The mean of each channel of an image, and its gradient, spread evenly.
final class GlobalAveragePoolingKernel: Kernel {
  private let input: TensorLayout

  init(input: TensorLayout) {
    self.input = input
  }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    Bound(input: input, memory: memory)
  }

  private final class Bound: BoundKernel {
    let input: TensorLayout
    let memory: KernelMemory

    init(input: TensorLayout, memory: KernelMemory) {
      self.input = input
      self.memory = memory
    }

    func run(_ phase: Phase) {
      if input.element == .bfloat16 {
        run(phase, BFloat16Vector.self)
      } else if input.channelBlock == 16 {
        run(phase, SIMD16<Float>.self)
      } else {
        run(phase, SIMD8<Float>.self)
      }
    }

    private func run<Stored: StoredVector>(_ phase: Phase, _: Stored.Type) {
      let pixels = input.shape.pixels
      let share = 1 / Float(pixels)
      switch phase {
      case .forward:
        let x = memory.inputs[0].vectors(Stored.self)
        let y = memory.output.vectors(Stored.self)
        for block in 0..<input.samples * input.blocks {
          var sum = Stored.Vector()
          for pixel in 0..<pixels { sum += x[block * pixels + pixel] }
          y[block] = sum * share
        }
      case .backwardData:
        guard let dy = memory.outputGradient?.vectors(Stored.self),
          let dx = memory.inputGradients[0]?.vectors(Stored.self)
        else { return }
        for block in 0..<input.samples * input.blocks {
          let gradient = dy[block] * share
          for pixel in 0..<pixels { dx[block * pixels + pixel] = gradient }
        }
      default: unreachable("a global pooling has no phase \(phase)")
      }
    }
  }
}
