import Execution

extension Replica {
  /// What is verified in a step; nil if nothing is.
  ///
  /// - Parameters:
  ///   - step: the steps taken before.
  ///   - samples: the samples of the global batch.
  package func verificationDraw(after step: Int, samples: Int) -> VerificationDraw? {
    guard let every = machine.verifyEverySteps, executor.options.verifies, step.isMultiple(of: every) else {
      return nil
    }
    return VerificationDraw(
      seed: seed, step: step, samples: samples, partition: executor.options.partition, shares: shares)
  }

  /// Requires that the owner of a microshard and its checker have computed the same in the batch before.
  ///
  /// If they have not, all ranks compute the batch again, and each of them the microshard. Nothing of the state may be
  /// used afterwards. Every rank must call this.
  ///
  /// - Parameters:
  ///   - step: the steps taken before, for the message.
  ///   - repeated: computes the batch again.
  /// - Throws: `CommonFailure` on all ranks if the two differ.
  func requireEqualComputation(
    _ draw: VerificationDraw, after step: Int, repeated: (Verification) throws -> Void
  ) throws {
    let first = try gatherHashes()
    guard let difference = VerificationDifference(first, draw) else { return }
    var second: [VerifiedHashes] = []
    if ranks.count > 1 {
      try repeated(Verification(microshard: draw.microshard, isShadowed: true))
      second = try gatherHashes()
    }
    let found = difference.description(
      difference.verdict(first: first, second: second), names: executor.verifiedNames,
      hosts: try ranks.hosts())
    throw CommonFailure(message: ranks.isCoordinator ? "step \(step + 1): \(found)" : nil)
  }

  /// The hashes of every rank, by rank.
  ///
  /// Every rank must call this.
  private func gatherHashes() throws -> [VerifiedHashes] {
    let hashes = executor.verifiedHashes
    return try ranks.allGather([UInt64(hashes.own.count)] + hashes.own + hashes.shadow).map { words in
      // A rank that computes wrongly may count wrongly, too.
      let own = Int(min(words.first ?? 0, UInt64(max(words.count, 1) - 1)))
      return VerifiedHashes(
        own: Array(words.dropFirst().prefix(own)), shadow: Array(words.dropFirst(1 + own)))
    }
  }
}
