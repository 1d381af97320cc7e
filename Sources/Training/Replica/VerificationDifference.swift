package import Execution

/// In what two computations of one microshard first differ, and which rank is wrong.
package struct VerificationDifference: Equatable {
  /// Who is wrong.
  package enum Verdict: Equatable {
    /// One rank, since so many ranks agree on something else.
    case wrong(rank: Int, agreeing: Int)
    /// It cannot be told.
    case undecided
  }

  package let draw: VerificationDraw
  /// The position of the first contribution that differs, in the order in which they are computed.
  package let position: Int

  /// Compares what the owner of a microshard and its checker computed; nil if it is the same.
  ///
  /// - Parameter hashes: by rank, the hashes of the step.
  package init?(_ hashes: [VerifiedHashes], _ draw: VerificationDraw) {
    let (own, shadow) = (hashes[draw.owner].own, hashes[draw.checker].shadow)
    // Lists of unequal length are damaged, and differ where the shorter one ends.
    let first = zip(own, shadow).enumerated().first { $1.0 != $1.1 }?.offset
    guard let position = first ?? (own.count == shadow.count ? nil : min(own.count, shadow.count)) else {
      return nil
    }
    self.draw = draw
    self.position = position
  }

  /// Decides who was wrong.
  ///
  /// More than half of the ranks have to agree on what is right. Who computed something else before was wrong. If that
  /// is so of both, since sums over the batch differed too, who computes something else now is.
  ///
  /// - Parameters:
  ///   - first: by rank, the hashes of the step.
  ///   - second: the same of its repetition, in which all ranks have computed the microshard as well.
  package func verdict(first: [VerifiedHashes], second: [VerifiedHashes]) -> Verdict {
    guard draw.owner != draw.checker else { return .wrong(rank: draw.owner, agreeing: 1) }
    let votes = second.map { $0.shadow.indices.contains(position) ? $0.shadow[position] : nil }
    guard let right = Self.majority(votes) else { return .undecided }
    let agreeing = votes.count { $0 == right }
    func differs(_ words: [UInt64]) -> Bool {
      !words.indices.contains(position) || words[position] != right
    }
    let wasWrong = [(draw.owner, first[draw.owner].own), (draw.checker, first[draw.checker].shadow)]
      .filter { differs($0.1) }.map(\.0)
    if wasWrong.count == 1 { return .wrong(rank: wasWrong[0], agreeing: agreeing) }
    let isWrong = [draw.owner, draw.checker].filter { rank in
      differs(second[rank].shadow) || (rank == draw.owner && differs(second[rank].own))
    }
    return isWrong.count == 1 ? .wrong(rank: isWrong[0], agreeing: agreeing) : .undecided
  }

  /// The difference in words, such as `the gradient of 3.weight in microshard 5 as rank 1 (node2) computed it differs from
  /// what all ranks find now: the memory or the processor of node2 may be faulty`.
  ///
  /// - Parameters:
  ///   - names: what is compared, in words.
  ///   - hosts: the host of each rank.
  package func description(_ verdict: Verdict, names: [String], hosts: [String]) -> String {
    let what =
      (names.indices.contains(position) ? names[position] : "the list of hashes")
      + " in microshard \(draw.microshard)"
    func blame(_ host: String) -> String { "the memory or the processor of \(host) may be faulty" }
    func name(_ rank: Int) -> String { "rank \(rank) (\(hosts[rank]))" }
    switch verdict {
    case .wrong(let rank, let agreeing):
      guard draw.owner != draw.checker else {
        return "\(what) is not the same when it is computed twice: " + blame(hosts[rank])
      }
      let others = agreeing == hosts.count ? "all ranks find" : "\(agreeing) of \(hosts.count) ranks find"
      return "\(what) as \(name(rank)) computed it differs from what \(others) now: " + blame(hosts[rank])
    case .undecided:
      let (owner, checker) = (hosts[draw.owner], hosts[draw.checker])
      return
        "\(what) differs between \(name(draw.owner)) and \(name(draw.checker)), and computing it again does not "
        + "tell which of them is wrong: " + blame(owner == checker ? owner : "\(owner) or of \(checker)")
    }
  }

  /// The value that more than half of all have; nil for none.
  private static func majority(_ votes: [UInt64?]) -> UInt64? {
    let counts = Dictionary(votes.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.first { 2 * $0.value > votes.count }?.key
  }
}
