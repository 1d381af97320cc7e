// Numbers that are not finite hide: ReLU, maxima and comparisons make numbers of them again. So all that a step leaves behind
// is looked at, not its loss alone.
import NeuralNetworks

extension Executor {
  /// The first trained parameter whose gradient of the latest batch is not finite; nil if all are.
  ///
  /// - Complexity: as fast as the memory is read.
  public func nonFiniteGradient() -> String? { firstNonFinite(gradientPieces) }

  /// The first parameter or running statistic, and with `slots` the first slot or average, that is not finite; nil if all are.
  ///
  /// - Complexity: as fast as the memory is read.
  public func nonFiniteState(slots includesSlots: Bool) -> String? {
    firstNonFinite(statePieces) ?? (includesSlots ? firstNonFinite(makeSlotPieces()) : nil)
  }

  func makeGradientPieces() -> [FinitenessPiece] {
    graph.parameters.indices.filter { !frozen.contains($0) }.flatMap {
      FinitenessPiece.cut(graph.parameters[$0].path, store.gradients[$0], count: store.counts[$0])
    }
  }

  func makeStatePieces() -> [FinitenessPiece] {
    graph.parameters.indices.flatMap {
      FinitenessPiece.cut(graph.parameters[$0].path, store.values($0), count: store.counts[$0])
    }
      + graph.buffers.indices.flatMap {
        FinitenessPiece.cut(graph.buffers[$0].path, store.buffer($0), count: graph.buffers[$0].count)
      }
  }

  private func makeSlotPieces() -> [FinitenessPiece] {
    options.slots.enumerated().flatMap { slot, kind in
      graph.parameters.indices.filter { !frozen.contains($0) }.flatMap {
        FinitenessPiece.cut(
          "\(kind.name)/\(graph.parameters[$0].path)", store.slot(slot, beside: $0),
          count: kind.shape == .scalar ? 1 : store.counts[$0])
      }
    }
      + (averages?.pairs ?? []).flatMap {
        FinitenessPiece.cut(Self.averagePrefix + $0.name, $0.average, count: $0.count)
      }
  }

  private func firstNonFinite(_ pieces: [FinitenessPiece]) -> String? {
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

/// A part of a tensor that one thread looks at: of equal size, so that threads have equal work.
struct FinitenessPiece {
  private static let mostElements = 1 << 18

  /// The tensor's path.
  let name: String
  let values: UnsafeMutablePointer<Float>
  let count: Int

  /// Cuts a tensor of `count` elements.
  static func cut(
    _ name: String, _ values: UnsafeMutablePointer<Float>, count: Int
  ) -> [FinitenessPiece] {
    stride(from: 0, to: count, by: mostElements).map { begin in
      FinitenessPiece(name: name, values: values + begin, count: min(mostElements, count - begin))
    }
  }
}
