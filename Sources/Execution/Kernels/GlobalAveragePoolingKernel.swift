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
      if input.channelBlock == 16 { run(phase, SIMD16<Float>.self) } else { run(phase, SIMD8<Float>.self) }
    }

    private func run<Vector: Lanes>(_ phase: Phase, _: Vector.Type) {
      let pixels = input.shape.pixels
      let share = 1 / Float(pixels)
      switch phase {
      case .forward:
        let x = memory.inputs[0].vectors(Vector.self)
        let y = memory.output.vectors(Vector.self)
        for block in 0..<input.samples * input.blocks {
          var sum = Vector()
          for pixel in 0..<pixels { sum += x[block * pixels + pixel] }
          y[block] = sum * share
        }
      case .backwardData:
        guard let dy = memory.outputGradient?.vectors(Vector.self),
          let dx = memory.inputGradients[0]?.vectors(Vector.self)
        else { return }
        for block in 0..<input.samples * input.blocks {
          let gradient = dy[block] * share
          for pixel in 0..<pixels { dx[block * pixels + pixel] = gradient }
        }
      default: preconditionFailure("a global pooling has no phase \(phase)")
      }
    }
  }
}
