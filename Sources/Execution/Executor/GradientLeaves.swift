/// Where the microshards of a rank write the gradients of parameters before these are merged along the
/// canonical tree.
///
/// The first microshard of a subtree writes straight into the rank's summand, the bucket. Every other one has
/// a leaf with room for the gradients of one node: these are merged before those of the next node are
/// written.
struct GradientLeaves {
  /// By node, local microshard and position among the node's parameters; empty for a node whose parameters no
  /// bucket holds.
  let places: [[[UnsafeMutablePointer<Float>]]]
  // The memory that the places point into, by local microshard; nil for the first one of a subtree.
  private let owned: [AlignedMemory?]

  /// Makes the leaves.
  ///
  /// - Parameters:
  ///   - bucketPlaces: by parameter, where it lies in a bucket; see ``ExecutionOrder/bucketPlaces``.
  ///   - sumMemory: by sum, its memory.
  ///   - parameterCounts: the stored elements of each parameter, padded to whole cache lines.
  init(
    _ graph: LoweredGraph, _ bucketPlaces: [Int: ExecutionOrder.BucketPlace], share: RankShare,
    sumMemory: [BatchSumMemory], parameterCounts: [Int]
  ) {
    let largest = graph.nodes.map { $0.parameters.reduce(0) { $0 + parameterCounts[$1] } }.max() ?? 0
    let owned = share.slots.map { local in
      share.subtreeBegins.contains(local) ? nil : AlignedMemory(byteCount: 4 * largest)
    }
    self.owned = owned
    places = graph.nodes.map { node in
      share.slots.map { local in
        var offset = 0
        return node.parameters.compactMap { parameter in
          guard let place = bucketPlaces[parameter] else { return nil }
          defer { offset += place.count }
          if let subtree = share.subtreeBegins.firstIndex(of: local) {
            return sumMemory[place.sum].summands[subtree].floats + place.offset
          }
          return owned[local].map { $0.base.floats + offset }
        }
      }
    }
  }
}
