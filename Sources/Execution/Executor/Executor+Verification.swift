import Mistakes
import NeuralNetworks

extension Executor {
  /// What a verified microshard contributes, in words, in the order in which it is computed.
  public var verifiedNames: [String] { contributions.names }

  /// The hashes of the microshard that the latest batch of training verified.
  public var verifiedHashes: VerifiedHashes {
    let own = share.microshards.indices.first(where: isVerified)
    return VerifiedHashes(
      own: own.flatMap { hashes[$0]?.words } ?? [],
      shadow: microshards.indices.last.flatMap { isShadow($0) ? hashes[$0]?.words : nil } ?? [])
  }

  /// The microshard of the batch that is computed at a local position; nil for a shadow that is of none.
  func microshard(at local: Int) -> Int? {
    guard isShadow(local) else { return share.microshards[local] }
    return verification.flatMap { $0.isShadowed ? $0.microshard : nil }
  }

  /// Whether the hashes of what a local microshard contributes are taken.
  func isVerified(_ local: Int) -> Bool {
    verification.map { microshard(at: local) == $0.microshard } ?? false
  }

  private func isShadow(_ local: Int) -> Bool { local >= share.microshards.count }

  /// Makes place for the hashes of a batch.
  func prepareHashes(training: Bool) {
    require(
      verification.map { options.verifies || !$0.isShadowed } ?? true,
      "given a microshard to verify, but the executor was made with verifies: false")
    for local in microshards.indices {
      hashes[local] =
        training && active[local] != nil && isVerified(local)
        ? ContributionHashes(count: contributions.names.count) : nil
    }
  }

  /// Takes the hashes of what a phase has left in the leaves of a local microshard, before any of these is merged.
  func takeHashes(_ node: Int, _ phase: Phase, local: Int, into hashes: ContributionHashes) {
    guard var position = contributions.positions[ContributionNames.Place(node: node, phase: phase)] else {
      return
    }
    func add(_ hash: UInt64) {
      hashes.words[position] = hash
      position += 1
    }
    func hash(_ leaves: SumLeaves, count: Int? = nil) -> UInt64 {
      MemoryHash.hash(
        doubles: leaves.leaves[local].assumingMemoryBound(to: Double.self), count: count ?? leaves.sum.count)
    }
    switch phase {
    case .statistics:
      // What ghost batch norm adds to the running statistics follows from its moments, but may be wrong by itself.
      guard let state = normalizations[node] else { return }
      let moments = hash(state.moments)
      let offset = trainingOrder.contributionOffsets[node]
      add(
        offset.flatMap { runningContributions($0, local: local) }.map {
          MemoryHash.combined(moments, MemoryHash.hash(doubles: $0, count: 2 * state.channels))
        } ?? moments)
    case .forward:
      // The digits of the replica check, which lie behind these, are the rank's and not the microshard's.
      if let metrics = leaves[ExecutionOrder.metricsSum] {
        add(hash(metrics, count: ExecutionOrder.metricsCount))
      }
    case .backwardStatistics, .backwardWeights:
      if phase == .backwardStatistics, let state = normalizations[node] { add(hash(state.backwardSums)) }
      for gradient in gradients(node, local: local) {
        add(MemoryHash.hash(floats: gradient.elements, count: gradient.count))
      }
    case .backwardData: break
    }
  }

  /// Shows the gradients that a phase has left in the leaves of a local microshard.
  func showGradients(_ node: Int, _ phase: Phase, local: Int) {
    guard let inspectGradient, [.backwardStatistics, .backwardWeights].contains(phase),
      let microshard = microshard(at: local)
    else { return }
    for gradient in gradients(node, local: local) {
      inspectGradient(
        GradientContribution(
          parameter: graph.parameters[gradient.parameter].path, microshard: microshard,
          isShadow: isShadow(local),
          elements: UnsafeMutableBufferPointer(start: gradient.elements, count: gradient.count)))
    }
  }

  /// Where a local microshard has written the gradients of a node's parameters, without padding.
  private func gradients(
    _ node: Int, local: Int
  ) -> [(parameter: Int, elements: UnsafeMutablePointer<Float>, count: Int)] {
    let adds = active[local]?.addsParameterGradients[node] == true
    let places = gradientLeaves.places[node][adds ? share.left(of: local) ?? local : local]
    let parameters = lowered.nodes[node].parameters.filter { trainingOrder.bucketPlaces[$0] != nil }
    return zip(parameters, places).map { ($0, $1, store.layouts[$0].byteCount / 4) }
  }
}
