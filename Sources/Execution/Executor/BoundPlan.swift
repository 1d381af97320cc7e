/// A plan tied to the memory of one microshard: what the executor's threads run.
final class BoundPlan {
  /// A further contribution to a gradient, added after the node's backward pass.
  struct Accumulation {
    var target: UnsafeMutablePointer<Float>
    var contribution: UnsafeMutablePointer<Float>
    var count: Int
  }

  private let kernels: [any BoundKernel]
  private let accumulations: [[Accumulation]]
  // The memory that the kernels point into lives as long as they do.
  private let memory: [AlignedMemory]
  let samples: Int
  let input: UnsafeMutablePointer<Float>
  let inputGradient: UnsafeMutablePointer<Float>?
  let output: UnsafeMutablePointer<Float>

  init(
    kernels: [any BoundKernel], accumulations: [[Accumulation]], memory: [AlignedMemory], samples: Int,
    input: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>?,
    output: UnsafeMutablePointer<Float>
  ) {
    self.kernels = kernels
    self.accumulations = accumulations
    self.memory = memory
    self.samples = samples
    self.input = input
    self.inputGradient = inputGradient
    self.output = output
  }

  func run(_ node: Int, _ phase: Phase) {
    kernels[node].run(phase)
    guard phase == .backwardData else { return }
    for sum in accumulations[node] {
      for index in 0..<sum.count { sum.target[index] += sum.contribution[index] }
    }
  }
}
