// Numbers that are not finite hide: ReLU, maxima and comparisons make numbers of them again. So all that a step leaves behind
// is looked at, not its loss alone.
import NeuralNetworks

extension Executor {
  /// The first parameter whose gradient of the latest batch is not finite; nil if all are.
  ///
  /// - Complexity: as fast as the memory is read.
  public func nonFiniteGradient() -> String? {
    firstNonFinite(
      graph.parameters.indices.map { (graph.parameters[$0].path, store.gradients[$0], store.counts[$0]) })
  }

  /// The first parameter or running statistic, and with `slots` the first slot, that is not finite; nil if all are.
  ///
  /// - Complexity: as fast as the memory is read.
  public func nonFiniteState(slots includesSlots: Bool) -> String? {
    let buffers = graph.buffers.indices.map {
      (graph.buffers[$0].path, store.buffer($0), graph.buffers[$0].count)
    }
    let parameters = graph.parameters.indices.map { ($0, graph.parameters[$0].path, store.counts[$0]) }
    return firstNonFinite(
      parameters.map { ($1, store.values($0), $2) } + buffers
        + (includesSlots ? options.slots : []).enumerated().flatMap { slot, kind in
          parameters.map { index, path, count in
            ("\(kind.name)/\(path)", store.slot(slot, beside: index), kind.shape == .scalar ? 1 : count)
          }
        })
  }

  private func firstNonFinite(
    _ tensors: [(name: String, values: UnsafeMutablePointer<Float>, count: Int)]
  ) -> String? {
    // Pieces of equal size, so that threads have equal work.
    let pieceCount = 1 << 18
    let pieces = tensors.flatMap { name, values, count in
      stride(from: 0, to: count, by: pieceCount).map { begin in
        (name: name, values: values + begin, count: min(pieceCount, count - begin))
      }
    }
    var isFinite = [Bool](repeating: true, count: pieces.count)
    isFinite.withUnsafeMutableBufferPointer { isFinite in
      nonisolated(unsafe) let isFinite = isFinite
      team.run { thread in
        for index in stride(from: thread, to: pieces.count, by: team.count) {
          isFinite[index] = Finiteness.holds(pieces[index].values, count: pieces[index].count)
        }
      }
    }
    return isFinite.firstIndex(of: false).map { pieces[$0].name }
  }

  /// Computes a training batch again, and looks for the first number in it that is not finite.
  ///
  /// Running statistics are updated once more, so this is for a run that ends. Every rank must call this.
  ///
  /// - Returns: what this rank has found in its own microshards; nil if nothing.
  public func findNonFinite(
    samples: Int, fill: (Int, SampleMemory) -> Void
  ) throws -> NonFiniteValue? {
    let probe = FinitenessProbe(lowered, parameterPaths: graph.parameters.map(\.path))
    finitenessProbe = probe
    defer { finitenessProbe = nil }
    _ = try forwardBackward(samples: samples, fill: fill)
    return probe.found
  }

  /// The running statistics, to be put back by ``restoreStatistics(_:)``: what a batch changes besides the gradients.
  public func statistics() -> BatchStatisticsSnapshot {
    BatchStatisticsSnapshot(
      buffers: graph.buffers.indices.map {
        Array(UnsafeBufferPointer(start: store.buffer($0), count: graph.buffers[$0].count))
      }, batchesTracked: store.batchesTracked)
  }

  /// Puts running statistics back.
  public func restoreStatistics(_ snapshot: BatchStatisticsSnapshot) {
    for (index, values) in snapshot.buffers.enumerated() {
      for (channel, value) in values.enumerated() { store.buffer(index)[channel] = value }
    }
    store.batchesTracked = snapshot.batchesTracked
  }
}

/// The running statistics of all batch normalizations at one moment.
public struct BatchStatisticsSnapshot: Sendable {
  let buffers: [[Float]]
  let batchesTracked: [Int64]
}
