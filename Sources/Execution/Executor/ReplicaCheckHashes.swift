import NeuralNetworks

/// A tensor of a replica and a hash of its memory, padding included: a parameter, a running statistic, a slot or an average.
public struct ReplicaCheckHash: Hashable, Sendable {
  /// The dotted path.
  public var name: String
  /// Equal on all ranks if the tensor is.
  public var hash: UInt64
}

/// The hashes of a replica's parameters and running statistics, in the order of PyTorch's `state_dict`, of its slots and averages.
final class ReplicaCheckHashes {
  private struct Tensor {
    var name: String
    var values: UnsafePointer<Float>
    /// Padding to a whole cache line included.
    var count: Int
  }

  private let tensors: [Tensor]
  private let store: ParameterStore
  /// By tensor, its hash when it was last taken.
  private var hashes: [UInt64]

  init(
    _ graph: Graph, _ store: ParameterStore, slots: [ParameterSlot], frozen: Set<Graph.ParameterID>,
    averages: WeightAverages? = nil
  ) {
    self.store = store
    let model = graph.operations.flatMap { operation in
      operation.parameters.map { parameter in
        Tensor(
          name: graph.parameters[parameter].path, values: store.values(parameter),
          count: store.counts[parameter])
      }
        + operation.buffers.map { index in
          let buffer = graph.buffers[index]
          return Tensor(
            name: buffer.path, values: store.buffer(index),
            count: AlignedMemory.padded(4 * buffer.count) / 4)
        }
    }
    let kept = slots.enumerated().flatMap { slot in
      graph.parameters.enumerated().filter { !frozen.contains($0.offset) }.map { parameter in
        Tensor(
          name: "\(slot.element.name)/\(parameter.element.path)",
          values: store.slot(slot.offset, beside: parameter.offset),
          count: ParameterStore.count(slot.element, store.counts[parameter.offset]))
      }
    }
    let averaged = (averages?.pairs ?? []).map { pair in
      Tensor(name: Executor.averagePrefix + pair.name, values: pair.average, count: pair.count)
    }
    tensors = model + kept + averaged
    hashes = tensors.map { _ in 0 }
  }

  /// The tensors with their hashes when these were last taken.
  var latest: [ReplicaCheckHash] {
    zip(tensors, hashes).map { ReplicaCheckHash(name: $0.name, hash: $1) }
  }

  /// Takes the hashes of all tensors, each on one of the threads.
  ///
  /// - Returns: the hash of the hashes.
  func take(_ team: ThreadTeam) -> UInt64 {
    hashes.withUnsafeMutableBufferPointer { hashes in
      nonisolated(unsafe) let hashes = hashes
      team.run { thread in
        for index in stride(from: thread, to: tensors.count, by: team.count) {
          hashes[index] = MemoryHash.hash(tensors[index].values, count: tensors[index].count)
        }
      }
    }
    return hashes.reduce(0, MemoryHash.combined)
  }
}
