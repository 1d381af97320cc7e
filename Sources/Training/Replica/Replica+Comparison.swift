package import Execution

extension Replica {
  /// Computes loss and gradients of a training batch; where `checksReplicas`, the replicas must have been the same.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - samples: the samples of the global batch.
  ///   - step: the steps taken before, for the message.
  ///   - checksReplicas: as for the executor.
  ///   - requests: as for the executor.
  ///   - fill: as for the executor.
  /// - Throws: `CommonFailure` if the replicas differ.
  package func forwardBackward(
    samples: Int, after step: Int, checksReplicas: Bool, requests: UInt8 = 0,
    fill: (Int, SampleMemory) -> Void
  ) throws -> BatchMetrics {
    do {
      return try executor.forwardBackward(
        samples: samples, checksReplicas: checksReplicas, requests: requests, fill: fill)
    } catch let error as ReplicaCheckFailure {
      // All ranks are here. The sum cannot be wrong in any other way than by damage on its way.
      let found =
        try difference(of: error.hashes)
        ?? "all replicas are the same, but the sum that compares them is damaged"
      throw failure(found, after: step)
    }
  }

  /// Requires that the replicas of all ranks are the same now.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `CommonFailure` if they differ.
  package func requireEqualReplicas(after step: Int) throws {
    if let found = try difference() { throw failure(found, after: step) }
  }

  /// In what the replicas of the ranks differ, in words; nil if they are the same.
  ///
  /// Every rank must call this.
  package func difference() throws -> String? {
    guard ranks.count > 1 else { return nil }
    return try difference(of: executor.replicaCheckHashes())
  }

  /// In what the replicas of the ranks differ, from the hashes of each.
  ///
  /// Every rank must call this.
  package func difference(of own: [ReplicaCheckHash]) throws -> String? {
    let hashes = try ranks.allGather(own.map(\.hash))
    guard let difference = ReplicaDifference(hashes: hashes, names: own.map(\.name)) else { return nil }
    return difference.description(hosts: try ranks.hosts())
  }

  /// The failure as all ranks throw it; rank 0 tells it.
  private func failure(_ found: String, after step: Int) -> CommonFailure {
    let message =
      "step \(step): \(found); the memory or the processor of a host may be faulty; "
      + "checkpoints written before are those of equal replicas"
    return CommonFailure(message: ranks.isCoordinator ? message : nil)
  }
}
