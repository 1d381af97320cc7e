/// The sum of two values; the gradient goes to both.
final class AddKernel: Kernel {
  private let layout: TensorLayout

  init(layout: TensorLayout) {
    self.layout = layout
  }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    Bound(count: layout.samples * layout.rowStride, memory: memory)
  }

  private final class Bound: BoundKernel {
    let count: Int
    let memory: KernelMemory

    init(count: Int, memory: KernelMemory) {
      self.count = count
      self.memory = memory
    }

    func run(_ phase: Phase) {
      switch phase {
      case .forward:
        let (a, b, y) = (memory.inputs[0], memory.inputs[1], memory.output)
        for index in 0..<count { y[index] = a[index] + b[index] }
      case .backwardData:
        guard let dy = memory.outputGradient else { return }
        for case let dx? in memory.inputGradients { dx.update(from: dy, count: count) }
      default: preconditionFailure("a sum has no phase \(phase)")
      }
    }
  }
}
