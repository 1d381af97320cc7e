import CanonicalTree

/// One microshard of a pass of Hessian products: its samples' labels, its arena, and the operations tied to it.
final class TangentMicroshard {
  let labels: UnsafeMutablePointer<Int32>
  let targets: UnsafeMutablePointer<Float>
  let targetCount: Int
  /// The loss's own sums, which nobody reads.
  let lossSums: UnsafeMutablePointer<Double>
  /// The position of the first sample in the latest batch.
  var firstPosition = 0
  /// The operations of the latest batch; nil where the microshard is empty.
  var active: TangentOperations?
  /// By samples, the operations.
  var bound: [Int: TangentOperations] = [:]
  private let memory: [AlignedMemory]
  private var arena = AlignedMemory(byteCount: 0)

  init(capacity: Int, targetCount: Int) {
    self.targetCount = targetCount
    memory = [4 * capacity, 4 * capacity * targetCount, 8 * ExecutionOrder.metricsCount].map {
      AlignedMemory(byteCount: $0)
    }
    labels = memory[0].base.assumingMemoryBound(to: Int32.self)
    targets = memory[1].base.assumingMemoryBound(to: Float.self)
    lossSums = memory[2].base.assumingMemoryBound(to: Double.self)
  }

  /// An arena of at least `byteCount` bytes; those that were given out before stay as long as what is tied to them.
  func arena(atLeast byteCount: Int) -> AlignedMemory {
    if arena.byteCount < byteCount { arena = AlignedMemory(byteCount: byteCount) }
    return arena
  }
}

/// The operations of a network, tied to one microshard of a size.
final class TangentOperations {
  /// A part of a gradient that is added after the backward pass of its node.
  struct Addition {
    var part: UnsafeMutableRawPointer
    var sum: UnsafeMutableRawPointer
    var count: Int
  }

  let nodes: [any TangentOperation]
  /// By node, what is added after its backward pass.
  let additions: [[Addition]]
  let input: UnsafeMutablePointer<Float>
  let inputTangent: UnsafeMutablePointer<Float>
  /// The samples of the microshard.
  let samples: Int
  // The memory that the operations point into lives as long as they do.
  private let memory: [AlignedMemory]

  init(
    _ nodes: [any TangentOperation], additions: [[Addition]], input: UnsafeMutableRawPointer,
    inputTangent: UnsafeMutableRawPointer, samples: Int, memory: [AlignedMemory]
  ) {
    (self.nodes, self.additions, self.samples, self.memory) = (nodes, additions, samples, memory)
    (self.input, self.inputTangent) = (input.floats, inputTangent.floats)
  }

  /// Computes a node's gradients.
  func backward(_ node: Int) {
    nodes[node].backward()
    for addition in additions[node] {
      add(addition.part.floats, to: addition.sum.floats, count: addition.count)
    }
  }
}
