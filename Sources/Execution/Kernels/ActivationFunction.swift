import Mistakes
import NeuralNetworks

/// A function applied element by element, and its derivative in terms of its result.
enum ActivationFunction: Hashable {
  case identity
  case relu
  case sigmoid

  /// f(z); lanes where `mask` is 0 stay 0.
  @inline(__always)
  func callAsFunction<Vector: Lanes>(_ z: Vector, mask: Vector) -> Vector {
    switch self {
    case .identity: z
    case .relu: z.positivePart
    case .sigmoid: Vector.sigmoid(z) * mask
    }
  }

  /// f′(z) · dy, given y = f(z).
  @inline(__always)
  func gradient<Vector: Lanes>(_ dy: Vector, y: Vector) -> Vector {
    switch self {
    case .identity: dy
    case .relu: dy.wherePositive(y)
    case .sigmoid: dy * (y * (1 - y))
    }
  }
}

/// An activation on its own; one that follows a batch normalization is fused into that.
final class ActivationKernel: Kernel {
  private let function: ActivationFunction
  private let layout: TensorLayout

  init(_ function: ActivationFunction, layout: TensorLayout) {
    self.function = function
    self.layout = layout
  }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    Bound(function: function, layout: layout, memory: memory)
  }

  private final class Bound: BoundKernel {
    let function: ActivationFunction
    let layout: TensorLayout
    let memory: KernelMemory

    init(function: ActivationFunction, layout: TensorLayout, memory: KernelMemory) {
      self.function = function
      self.layout = layout
      self.memory = memory
    }

    func run(_ phase: Phase) {
      if layout.element == .bfloat16 {
        run(phase, BFloat16Vector.self)
      } else if layout.channelBlock == 16 {
        run(phase, SIMD16<Float>.self)
      } else {
        run(phase, SIMD8<Float>.self)
      }
    }

    private func run<Stored: StoredVector>(_ phase: Phase, _: Stored.Type) {
      typealias Vector = Stored.Vector
      let y = memory.output.vectors(Stored.self)
      let count = layout.elementCount / layout.channelBlock
      switch phase {
      case .forward:
        let x = memory.inputs[0].vectors(Stored.self)
        let last = Vector.mask(first: layout.shape.channels - (layout.blocks - 1) * layout.channelBlock)
        let full = Vector(repeating: 1)
        for index in 0..<count {
          let isLast = index / layout.shape.pixels % layout.blocks == layout.blocks - 1
          y[index] = function(x[index], mask: isLast ? last : full)
        }
      case .backwardData:
        guard let dy = memory.outputGradient?.vectors(Stored.self),
          let dx = memory.inputGradients[0]?.vectors(Stored.self)
        else { return }
        for index in 0..<count { dx[index] = function.gradient(dy[index], y: y[index]) }
      default:
        unreachable("an activation has no phase \(phase)")
      }
    }
  }
}
