import Mistakes

/// The sum of two values; the gradient goes to both.
final class AddKernel: Kernel {
  private let layout: TensorLayout

  init(layout: TensorLayout) {
    self.layout = layout
  }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    Bound(layout: layout, memory: memory)
  }

  private final class Bound: BoundKernel {
    let layout: TensorLayout
    let memory: KernelMemory

    init(layout: TensorLayout, memory: KernelMemory) {
      self.layout = layout
      self.memory = memory
    }

    func run(_ phase: Phase) {
      switch phase {
      case .forward:
        switch layout.element {
        case .float32: add(Float.self)
        case .bfloat16: add(BFloat16.self)
        }
      case .backwardData:
        guard let dy = memory.outputGradient else { return }
        for case let dx? in memory.inputGradients { dx.copyMemory(from: dy, byteCount: layout.byteCount) }
      default: unreachable("a sum has no phase \(phase)")
      }
    }

    private func add<Element: StoredElement>(_: Element.Type) {
      let (a, b) = (memory.inputs[0].elements(Element.self), memory.inputs[1].elements(Element.self))
      let y = memory.output.elements(Element.self)
      for index in 0..<layout.elementCount { y[index] = Element(rounding: a[index].float + b[index].float) }
    }
  }
}
