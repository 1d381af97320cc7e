// How the gradients of a node's parameters become the summands of a rank, along the canonical tree.
//
// The order is that of `RankShare.merges` in every case, so that the bits are the same; only when a merge is
// done differs. Of the microshards 0 to 3 on a rank with the merges 0 ← 1, 2 ← 3, 0 ← 2:
//
//     one thread, weights    g₀ | g₁, 0 ← 1 | g₂ | g₃, 2 ← 3, 0 ← 2         `mergeGradients` after each microshard
//     a kernel that adds     g₀ | 0 += g₁ | g₂ | 2 += g₃, 0 ← 2             the first merge of 1 and of 3 in the kernel
//     several threads        g₀ to g₃ in parallel, then 0 ← 1, 2 ← 3, 0 ← 2 `foldGradients`, a slice on each thread
//
// The last way is also that of scales and shifts whose gradients a batch normalization leaves in the
// statistics' phase. What then lies in the place of a subtree's first microshard is the rank's summand of a
// bucket.
import CanonicalTree
import NeuralNetworks

extension Executor {
  /// Merges the gradients of a node's parameters after all microshards of this rank have computed theirs.
  ///
  /// Each thread does all merges, one after the other, of a slice of the elements, whole cache lines.
  func foldGradients(_ index: Int) {
    // A single thread has merged those of weights already.
    guard !share.merges.isEmpty, team.count > 1 || !lowered.nodes[index].hasWeights else { return }
    let lane = AlignedMemory.alignment / 4
    for (position, parameter) in lowered.nodes[index].parameters.enumerated() {
      let sum = gradientSum(parameter)
      let slice = ((sum.count + lane - 1) / lane + team.count - 1) / team.count * lane
      team.run { thread in
        let range = min(thread * slice, sum.count)..<min((thread + 1) * slice, sum.count)
        guard !range.isEmpty else { return }
        for merge in share.merges { self.merge(merge, node: index, position, sum, elements: range) }
      }
    }
  }

  /// Does the merges that the gradients of a microshard make possible, while these are in the cache.
  ///
  /// For a rank of one thread, which computes its microshards in ascending order: all merges whose last leaf
  /// this is, the innermost first (``RankShare/mergesAfter``).
  func mergeGradients(_ node: Int, after local: Int) {
    // A kernel that adds its gradients to those of the left neighbour has done the first one.
    let done = active[local]?.addsParameterGradients[node] == true ? 1 : 0
    for merge in share.mergesAfter[local].dropFirst(done) {
      for (position, parameter) in lowered.nodes[node].parameters.enumerated() {
        let sum = gradientSum(parameter)
        self.merge(merge, node: node, position, sum, elements: 0..<sum.count)
      }
    }
  }

  private func merge(
    _ merge: CanonicalTree.Merge, node: Int, _ position: Int, _ sum: BatchSum, elements: Range<Int>
  ) {
    let places = gradientLeaves.places[node]
    sum.merge(places[merge.from][position], into: places[merge.into][position], elements: elements)
  }

  /// The gradient of a parameter without its padding: kernels do not write that, and leaves hold another node's
  /// gradients there.
  private func gradientSum(_ parameter: Int) -> BatchSum {
    BatchSum(
      kind: .gradients, count: store.layouts[parameter].byteCount / 4, name: graph.parameters[parameter].path)
  }
}
