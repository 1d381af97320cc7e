import NeuralNetworks

extension NormalizationState {
  /// The states of all batch normalizations of a graph, by node.
  ///
  /// - Parameters:
  ///   - order: the order of a training step; where it sums statistics over the batch, `leaves` has their
  ///     leaves.
  ///   - leaves: by sum of the order, its leaves on this rank.
  ///   - sumMemory: by sum of the order, its memory.
  static func all(
    in graph: LoweredGraph, _ order: ExecutionOrder, statistics: BatchStatistics, share: RankShare,
    leaves: [Int: SumLeaves], sumMemory: [BatchSumMemory], store: ParameterStore
  ) -> [Int: NormalizationState] {
    var states: [Int: NormalizationState] = [:]
    // In the order of the graph: in a dense block a normalization leans on the moments of one before it.
    for (index, node) in graph.nodes.enumerated() {
      guard case .batchNorm(let normalization, _, _) = node.kind else { continue }
      /// The leaves of a sum of the order, or those of one that stays on this rank.
      func leavesOf(_ sum: Int?, kind: BatchSum.Kind, count: Int) -> SumLeaves {
        sum.flatMap { leaves[$0] }
          ?? SumLeaves(BatchSum(kind: kind, count: count, name: node.path), on: share, summands: nil)
      }
      states[index] = NormalizationState(
        node: index, node, normalization, statistics: node.statistics(of: statistics), share: share,
        moments: leavesOf(
          order.momentSums[index], kind: .moments, count: 1 + 2 * graph.measuredChannels(index).count),
        momentsResult: order.momentSums[index].map { sumMemory[$0].result },
        firstChannels: graph.normalizationOfFirstChannels(index).flatMap { states[$0] },
        backwardSums: leavesOf(
          order.backwardSums[index], kind: .sums, count: 2 * graph.values[node.output].shape.channels),
        store: store)
    }
    return states
  }
}
