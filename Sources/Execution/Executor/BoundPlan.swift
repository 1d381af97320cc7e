/// A plan tied to the memory of one microshard: what the executor's threads run.
final class BoundPlan {
  /// A further contribution to a gradient, added after the node's backward pass.
  struct Accumulation {
    var target: UnsafeMutableRawPointer
    var contribution: UnsafeMutableRawPointer
    var layout: TensorLayout

    func run() {
      switch layout.element {
      case .float32: run(Float.self)
      case .bfloat16: run(BFloat16.self)
      }
    }

    private func run<Element: StoredElement>(_: Element.Type) {
      let (sum, part) = (target.elements(Element.self), contribution.elements(Element.self))
      for index in 0..<layout.elementCount {
        sum[index] = Element(rounding: sum[index].float + part[index].float)
      }
    }
  }

  private let kernels: [any BoundKernel]
  private let accumulations: [[Accumulation]]
  // The memory that the kernels point into lives as long as they do.
  private let memory: [AlignedMemory]
  /// By node, whether its microshard's gradients of parameters are added to those of another one as they are computed.
  let addsParameterGradients: [Bool]
  /// By node, what its phases write.
  let written: [WrittenMemory]
  let samples: Int
  let input: UnsafeMutablePointer<Float>
  let inputGradient: UnsafeMutablePointer<Float>?
  let output: UnsafeMutableRawPointer

  init(
    kernels: [any BoundKernel], accumulations: [[Accumulation]], addsParameterGradients: [Bool],
    written: [WrittenMemory], memory: [AlignedMemory], samples: Int,
    input: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>?,
    output: UnsafeMutableRawPointer
  ) {
    self.kernels = kernels
    self.accumulations = accumulations
    self.addsParameterGradients = addsParameterGradients
    self.written = written
    self.memory = memory
    self.samples = samples
    self.input = input
    self.inputGradient = inputGradient
    self.output = output
  }

  func run(_ node: Int, _ phase: Phase) {
    kernels[node].run(phase)
    guard phase == .backwardData else { return }
    for sum in accumulations[node] { sum.run() }
  }
}
