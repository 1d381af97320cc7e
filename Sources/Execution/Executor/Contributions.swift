import NeuralNetworks

/// What a rank verifies in a batch of training; see ``Executor/forwardBackward(samples:checksReplicas:verification:fill:)``.
public struct Verification: Hashable, Sendable {
  /// The microshard of the batch whose contributions are recorded, on the rank that owns it too.
  public var microshard: Int
  /// Whether this rank computes it in its shadow, a microshard that takes part in no sum.
  public var isShadowed: Bool

  /// Verifies a microshard that has samples in the batch.
  public init(microshard: Int, isShadowed: Bool) {
    self.microshard = microshard
    self.isShadowed = isShadowed
  }
}

/// The hashes of what one microshard contributed to the sums of a batch, as they were computed on this rank.
///
/// Each is taken before anything is added to what it is of. They are in the order of ``Executor/verifiedNames``.
public struct VerifiedHashes: Hashable, Sendable {
  /// Of the rank's own microshard; empty on all ranks but its owner.
  public var own: [UInt64]
  /// Of its shadow; empty where there was none.
  public var shadow: [UInt64]

  /// Hashes that were taken on another rank, or none.
  public init(own: [UInt64] = [], shadow: [UInt64] = []) {
    self.own = own
    self.shadow = shadow
  }
}

/// The gradient of a parameter over one microshard.
package struct GradientContribution {
  /// The parameter's path.
  package var parameter: String
  /// The microshard of the batch.
  package var microshard: Int
  /// Whether it is that of a shadow.
  package var isShadow: Bool
  /// The gradient, in the stored layout of the parameter.
  ///
  /// Where the kernel adds it to that of the microshard to the left, which is never so of one that is verified, the sum
  /// of both.
  package var elements: UnsafeMutableBufferPointer<Float>
}

/// What a microshard contributes to the sums of a training step, in the order in which it is computed.
struct ContributionNames {
  /// The contributions in words, such as `the gradient of 3.weight`.
  private(set) var names: [String] = []
  /// By node and phase, the position of the first one that the phase leaves.
  private(set) var positions: [Place: Int] = [:]

  /// A phase of a node.
  struct Place: Hashable {
    var node: Int
    var phase: Phase
  }

  init(_ graph: Graph, _ lowered: LoweredGraph, _ order: ExecutionOrder) {
    for case .compute(let index, let phase) in order.steps {
      let node = lowered.nodes[index]
      let gradients = node.parameters.filter { order.bucketPlaces[$0] != nil }.map {
        "the gradient of " + graph.parameters[$0].path
      }
      var isLoss = false
      if case .loss = node.kind { isLoss = true }
      let left: [String] =
        switch phase {
        case .statistics: ["the statistics of " + node.path]
        case .forward: isLoss ? ["the loss"] : []
        case .backwardStatistics: ["the sums of the backward pass of " + node.path] + gradients
        case .backwardWeights: gradients
        case .backwardData: []
        }
      guard !left.isEmpty else { continue }
      positions[Place(node: index, phase: phase)] = names.count
      names += left
    }
  }
}

/// The hashes of one microshard while it is computed; only the thread that computes it writes them.
final class ContributionHashes {
  var words: [UInt64]

  init(count: Int) {
    words = Array(repeating: 0, count: count)
  }
}
