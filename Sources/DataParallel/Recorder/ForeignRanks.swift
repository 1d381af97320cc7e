/// The ranks of other hosts that this host's ranks have heard nothing of.
struct ForeignRanks {
  private let recorder: FlightRecorder
  /// The missing ranks; none if it is not known which.
  private let ranks: [Int]

  /// What the ranks of this host have noted.
  init(_ recorder: FlightRecorder) {
    self.recorder = recorder
    let neighbours = Set(recorder.neighbours)
    ranks = Set(recorder.records.flatMap(\.awaited)).subtracting(neighbours).sorted().filter {
      recorder.hosts.indices.contains($0)
    }
  }

  private var hasOthers: Bool { recorder.neighbours.count < recorder.hosts.count }

  /// Whether no host of lower ranks than this one's waits as well.
  var isOwnHostFirst: Bool {
    let missing = Set(ranks.map { recorder.hosts[$0] })
    let first = recorder.hosts.first { !missing.contains($0) }
    return ranks.isEmpty ? recorder.neighbours.contains(0) : first == recorder.hosts[recorder.rank]
  }

  /// The line for standard error.
  func line(awaited: String, waited: Double) -> String {
    let time = MissingRank.text(seconds: waited)
    guard hasOthers else {
      return "all ranks wait in \(awaited) for \(time), and none is missing: the sums of Lockstep or MPI hang"
    }
    let waiting = recorder.hosts.count - ranks.count
    let end = ranks.isEmpty ? "" : waiting == 1 ? "; 1 rank waits" : "; \(waiting) ranks wait"
    return
      "nothing has come from \(names) for \(awaited) for \(time): \(ranks.count == 1 ? "it hangs" : "they hang"), or the network "
      + "between the hosts is cut\(end)"
  }

  /// The missing ranks with their hosts; all of other hosts if it is not known which.
  private var names: String {
    let neighbours = Set(recorder.neighbours)
    let missing = ranks.isEmpty ? recorder.hosts.indices.filter { !neighbours.contains($0) } : ranks
    var parts: [String] = []
    var hosts: [String] = []
    for rank in missing where !hosts.contains(recorder.hosts[rank]) { hosts.append(recorder.hosts[rank]) }
    for host in hosts {
      let numbers = missing.filter { recorder.hosts[$0] == host }.map(String.init)
      let list = numbers.count > 8 ? numbers.prefix(8) + ["…"] : numbers[...]
      parts.append("rank\(numbers.count == 1 ? "" : "s") \(list.joined(separator: ", ")) (\(host))")
    }
    return parts.joined(separator: ranks.isEmpty ? " or " : " and ")
  }
}
