import CanonicalTree
import Mistakes

extension Executor {
  /// Takes the hashes of this rank's parameters and running statistics, in the order of PyTorch's `state_dict`, and slots.
  ///
  /// - Complexity: as fast as the memory is read; 1.3 ms for 11 million floats.
  public func replicaCheckHashes() -> [ReplicaCheckHash] {
    _ = replicaCheck.take(team)
    return replicaCheck.latest
  }

  /// A hash of 60 bits over all parameters, running statistics and slots: the same on every rank, whatever their number.
  public func stateHash() -> UInt64 { replicaCheck.take(team) & (1 << 60 - 1) }

  /// Writes what this rank's microshards, empty ones included, contribute to the check of the replicas; zeros in a
  /// step without one.
  func contributeToReplicaCheck(isDue: Bool) {
    require(
      !isDue || options.partition.count <= ReplicaCheckSums.mostMicroshards,
      "given \(options.partition.count) microshards but at most \(ReplicaCheckSums.mostMicroshards) can be checked"
    )
    let hash = isDue ? replicaCheck.take(team) : nil
    guard let metrics = leaves[ExecutionOrder.metricsSum] else { return }
    for leaf in metrics.leaves {
      ReplicaCheckSums.contribute(
        hash, to: leaf.assumingMemoryBound(to: Double.self) + ExecutionOrder.replicaCheckOffset)
    }
  }

  /// Throws where the sums of the metrics tell that the replicas differ.
  func finishReplicaCheck(_ sums: UnsafePointer<Double>) throws(ReplicaCheckFailure) {
    let passes = ReplicaCheckSums.passes(
      sums + ExecutionOrder.replicaCheckOffset, microshardCount: options.partition.count)
    guard passes else { throw ReplicaCheckFailure(hashes: replicaCheck.latest) }
  }
}
