import NeuralNetworks

/// What one local microshard owns beside its arena: the samples' labels, its metrics, its gradients' leaves.
final class MicroshardMemory {
  let labels: UnsafeMutablePointer<Int32>
  let targets: UnsafeMutablePointer<Float>
  let targetCount: Int
  /// The position of the first sample in the latest batch.
  var firstPosition = 0
  private let labelMemory: AlignedMemory
  private let targetMemory: AlignedMemory
  /// The arena, replaced by a larger one when a plan needs it.
  private(set) var arena: AlignedMemory
  /// By samples and mode, the plans bound to this microshard.
  var bound: [BindingKey: BoundPlan] = [:]

  init(capacity: Int, outputShape: Shape, arenaByteCount: Int) {
    targetCount = outputShape.count
    labelMemory = AlignedMemory(byteCount: 4 * capacity)
    targetMemory = AlignedMemory(byteCount: 4 * capacity * outputShape.count)
    labels = labelMemory.base.assumingMemoryBound(to: Int32.self)
    targets = targetMemory.base.assumingMemoryBound(to: Float.self)
    arena = AlignedMemory(byteCount: arenaByteCount)
  }

  /// An arena of at least `byteCount` bytes.
  func arena(atLeast byteCount: Int) -> AlignedMemory {
    if arena.byteCount < byteCount { arena = AlignedMemory(byteCount: byteCount) }
    return arena
  }
}

/// What a plan is compiled for.
struct PlanKey: Hashable {
  var samples: Int
  var training: Bool
}

/// How a plan is tied to a microshard.
struct BindingKey: Hashable {
  var plan: PlanKey
  /// Whether all gradients of parameters lie in the microshard's own leaves, where its contribution can be told from
  /// those of others.
  var isAlone: Bool
}

/// Where one sample of a batch is written.
public struct SampleMemory {
  /// The input, row-major [channels, height, width] or [features].
  public var input: UnsafeMutablePointer<Float>
  /// The class, 0 to classes − 1, for softmax cross entropy; for binary cross entropy the class or −1, of targets without.
  public var label: UnsafeMutablePointer<Int32>
  /// The targets [features]; for the squared loss and binary cross entropy.
  public var targets: UnsafeMutablePointer<Float>
  /// The thread that writes, 0 to threads − 1; it may use scratch memory of its own.
  public var thread: Int
}
