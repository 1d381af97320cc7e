import DataParallel
import Foundation
import Inputs
import Records

/// What the facts mean: findings, each with what to do.
package struct Diagnosis {
  /// How bad a finding is.
  package enum Severity: String {
    case good = "ok"
    /// A run would be slow, or end early.
    case slow = "slow"
    /// A run would be refused or wrong.
    case wrong = "wrong"
  }

  /// Something that was looked at.
  package struct Finding {
    package var severity: Severity
    /// What was looked at, in a word or two.
    package var subject: String
    /// What was found.
    package var found: String
    /// What to do; nil where there is nothing.
    package var remedy: String?
  }

  /// All findings, in the order in which they are told.
  package let findings: [Finding]
  private let rankCount: Int
  private let hostCount: Int

  /// Whether nothing was found that would make a run wrong or slow.
  package var isWell: Bool { findings.allSatisfy { $0.severity == .good } }

  /// Judges what ranks have seen.
  ///
  /// - Parameter threads: the threads that each rank is to have.
  package init(_ ranks: [RankFacts], pairs: [PairSpeed], sums: SumCheck, threads: Int) {
    rankCount = ranks.count
    let hosts = Dictionary(grouping: ranks, by: \.host).sorted { $0.value[0].rank < $1.value[0].rank }
    hostCount = hosts.count
    var findings = [Self.versions(ranks), Self.kernels(ranks), Self.processors(hosts.map(\.value))]
    findings += hosts.flatMap { Self.cores($0.key, $0.value, threads: threads) }
    findings += hosts.map { Self.memory($0.key, $0.value) }
    if rankCount > 1 { findings += hosts.map { Self.sharedMemory($0.key, $0.value) } }
    findings += hosts.compactMap { Self.governor($0.key, $0.value) }
    if hosts.count > 1 { findings += [Self.clocks(ranks), Self.interfaces(hosts.map(\.value))] }
    findings.append(Self.output(ranks[0]))
    findings += Self.messages(pairs, ranks)
    findings.append(
      Finding(
        severity: .good, subject: "sums",
        found:
          "of \(sums.counts.map(String.init).joined(separator: ", ")) floats have the bits of the tree on every rank; 1 MiB in "
          + ReportPage.seconds(sums.seconds)))
    self.findings = findings
  }

  // MARK: - Judgements

  private static func versions(_ ranks: [RankFacts]) -> Finding {
    let first = ranks[0]
    for other in ranks.dropFirst() {
      let entries = first.program + [("MPI", first.mpi)]
      for (own, found) in zip(entries, other.program + [("MPI", other.mpi)]) where own.value != found.value {
        return Finding(
          severity: .wrong, subject: "versions",
          found:
            "\(own.key) is \(own.value) on rank 0 (\(first.host)), but \(found.value) on rank \(other.rank) (\(other.host))",
          remedy: "the bits depend on it, and a training is refused: install the same on all hosts")
      }
    }
    let told = first.program.filter { !$0.key.contains("SHA") && !$0.key.contains("instruction") }
    return Finding(
      severity: .good, subject: "versions",
      found: "Lockstep \(LockstepProgram.version), \(first.mpi), "
        + told.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        + (ranks.count > 1 ? "; the same on all ranks" : ""))
  }

  private static func kernels(_ ranks: [RankFacts]) -> Finding {
    let set = ranks[0].program.first { $0.key.contains("instruction") }?.value ?? "unknown"
    if let slow = ranks.first(where: { !$0.isCompiledForProcessor }) {
      return Finding(
        severity: .slow, subject: "kernels",
        found: "\(set), but this program was not compiled for the vectors of \(slow.host)",
        remedy:
          "build on that kind of machine with -Xcc -march=native, as launch/setup does: several times as fast"
      )
    }
    return Finding(severity: .good, subject: "kernels", found: "\(set), and compiled for it")
  }

  private static func processors(_ hosts: [[RankFacts]]) -> Finding {
    let names = hosts.map { $0[0].processor }
    let kinds = Array(Set(names)).sorted()
    return Finding(
      severity: .good, subject: "processors",
      found: kinds.map { kind in "\(kind) on \(counted(names.count { $0 == kind }, "host"))" }.joined(
        separator: ", ")
        + (kinds.count > 1 ? "; the slowest one sets the pace of all" : ""))
  }

  private static func cores(_ host: String, _ ranks: [RankFacts], threads: Int) -> [Finding] {
    let cores = ProcessorCount.count(masks: ranks.map(\.mask), quota: ranks[0].quota)
    let wanted = ranks.count * threads
    let text =
      "\(host): \(counted(ranks.count, "rank")) × \(counted(threads, "thread")) on \(counted(cores, "core"))"
    let group = ranks[0].quota.map { String(format: " (the control group allows %.3g at a time)", $0) } ?? ""
    let nodes =
      ranks[0].memoryNodes > 1
      ? ", \(ranks[0].memoryNodes) NUMA nodes: no fewer ranks than that keep memory near its core" : ""
    if wanted > cores {
      return [
        Finding(
          severity: .slow, subject: "cores",
          found: text + group
            + String(format: ": a step takes about %.3g times as long", Double(wanted) / Double(cores)),
          remedy: "start \(counted(max(1, cores / threads), "rank")) there, or give the job more cores")
      ]
    }
    // Ranks bound to the same core take turns, however many cores there are.
    for (index, rank) in ranks.enumerated() {
      let count = rank.mask.reduce(0) { $0 + $1.nonzeroBitCount }
      guard count > 0 else { continue }
      let sharing = ranks.dropFirst(index + 1).filter { $0.mask == rank.mask }
      if !sharing.isEmpty, count < (sharing.count + 1) * threads {
        return [
          Finding(
            severity: .slow, subject: "binding",
            found:
              "\(host): ranks \(([rank] + sharing).map { "\($0.rank)" }.joined(separator: ", ")) are bound to the same \(counted(count, "core"))",
            remedy:
              "mpirun --bind-to none, as launch/lockstep has it, or a binding with \(counted(threads, "core")) for each rank"
          )
        ]
      }
      if count < threads {
        return [
          Finding(
            severity: .slow, subject: "binding",
            found:
              "\(host): rank \(rank.rank) has \(counted(threads, "thread")), but is bound to \(counted(count, "core"))",
            remedy: "mpirun --bind-to none, as launch/lockstep has it")
        ]
      }
    }
    return [Finding(severity: .good, subject: "cores", found: text + group + nodes)]
  }

  private static func memory(_ host: String, _ ranks: [RankFacts]) -> Finding {
    guard let free = ranks[0].freeBytes else {
      return Finding(severity: .good, subject: "memory", found: "\(host): not told by this system")
    }
    let share = free / ranks.count
    return Finding(
      severity: share < 256 << 20 ? .slow : .good, subject: "memory",
      found: "\(host): \(FreeMemory.text(free)) free, \(FreeMemory.text(share)) a rank",
      remedy: share < 256 << 20 ? "fewer ranks there; lockstep summary tells what a training needs" : nil)
  }

  private static func sharedMemory(_ host: String, _ ranks: [RankFacts]) -> Finding {
    guard ranks.count > 1 else {
      return Finding(severity: .good, subject: "/dev/shm", found: "\(host): one rank, not needed")
    }
    guard let room = ranks[0].sharedMemoryBytes else {
      return Finding(
        severity: .slow, subject: "/dev/shm", found: "\(host): cannot be looked at",
        remedy: "sums of ranks of a host travel as messages without it; mount it")
    }
    let isSmall = room < 256 << 20
    return Finding(
      severity: isSmall ? .slow : .good, subject: "/dev/shm", found: "\(host): \(FreeMemory.text(room)) free",
      remedy: isSmall
        ? "sums travel as messages where gradients do not fit; containers take --shm-size, others remount it larger"
        : nil)
  }

  private static func governor(_ host: String, _ ranks: [RankFacts]) -> Finding? {
    guard let governor = ranks[0].governor else { return nil }
    let isSlow = governor == "powersave" || governor == "conservative"
    return Finding(
      severity: isSlow ? .slow : .good, subject: "clock rate", found: "\(host): governed by \(governor)",
      remedy: isSlow ? "cpupower frequency-set -g performance, for measurements at least" : nil)
  }

  private static func clocks(_ ranks: [RankFacts]) -> Finding {
    let worst = ranks.max { abs($0.clockOffset) < abs($1.clockOffset) } ?? ranks[0]
    let isOff = abs(worst.clockOffset) > 1
    return Finding(
      severity: isOff ? .slow : .good, subject: "clocks",
      found: "at most " + ReportPage.seconds(abs(worst.clockOffset)) + " apart (\(worst.host))",
      remedy: isOff
        ? "times of files and logs do not fit together, --max-minutes is that of the coordinator: run NTP"
        : nil)
  }

  private static func interfaces(_ hosts: [[RankFacts]]) -> Finding {
    let several = hosts.filter { $0[0].interfaces.count > 1 }
    let common = hosts.map { Set($0[0].interfaces) }.reduce(Set(hosts[0][0].interfaces)) {
      $0.intersection($1)
    }
    let told = hosts.map { "\($0[0].host): \($0[0].interfaces.joined(separator: ", "))" }.joined(
      separator: "; ")
    guard !several.isEmpty else { return Finding(severity: .good, subject: "interfaces", found: told) }
    return Finding(
      severity: .good, subject: "interfaces", found: told,
      remedy: "Open MPI may choose one that does not lead to the others; if starts hang, set "
        + "OMPI_MCA_btl_tcp_if_include=\(common.sorted().first ?? "NAME")")
  }

  private static func output(_ coordinator: RankFacts) -> Finding {
    guard let bytes = coordinator.outputBytes else {
      return Finding(
        severity: .wrong, subject: "output",
        found: "the directory cannot be written to by the coordinator (\(coordinator.host))",
        remedy: "give another one by --output")
    }
    let isSmall = bytes < 1 << 30
    return Finding(
      severity: isSmall ? .slow : .good, subject: "output",
      found: "\(FreeMemory.text(bytes)) free on \(coordinator.outputKind)",
      remedy: isSmall ? "checkpoints may not fit: checkpoint.keep, or another --output" : nil)
  }

  /// The messages between ranks of one host, and between hosts: what is usual, and the pair that is not.
  private static func messages(_ pairs: [PairSpeed], _ ranks: [RankFacts]) -> [Finding] {
    let hosts = ranks.map(\.host)
    let kinds: [(name: String, pairs: [PairSpeed])] = [
      ("within a host", pairs.filter { hosts[$0.first] == hosts[$0.second] }),
      ("between hosts", pairs.filter { hosts[$0.first] != hosts[$0.second] }),
    ]
    return kinds.filter { !$0.pairs.isEmpty }.map { name, pairs in
      let latency = Spread(pairs.map(\.latencySeconds))
      let rate = Spread(pairs.map(\.bytesPerSecond))
      let usual =
        "\(name): latency \(ReportPage.seconds(latency.median)), "
        + String(format: "%.3g GB/s", rate.median / 1e9) + " (\(counted(pairs.count, "pair")))"
      // Several times is no noise.
      let slow = pairs.max { $0.latencySeconds / $0.bytesPerSecond < $1.latencySeconds / $1.bytesPerSecond }
      if pairs.count > 2, let slow,
        slow.latencySeconds > 5 * latency.median || slow.bytesPerSecond < rate.median / 3
      {
        return Finding(
          severity: .slow, subject: "messages",
          found: usual
            + "; but ranks \(slow.first) (\(hosts[slow.first])) and \(slow.second) (\(hosts[slow.second])): "
            + "\(ReportPage.seconds(slow.latencySeconds)), "
            + String(format: "%.3g GB/s", slow.bytesPerSecond / 1e9),
          remedy:
            "look at the cable, the switch and the load of these hosts: every sum waits for the slowest pair")
      }
      return Finding(severity: .good, subject: "messages", found: usual)
    }
  }

  // MARK: - Telling

  /// A line for each finding, its remedy below it, and what it comes to.
  package var lines: [String] {
    let width = findings.map(\.subject.count).max() ?? 0
    var lines = ["\(counted(rankCount, "rank")) on \(counted(hostCount, "host"))"]
    for finding in findings {
      let subject = finding.subject + String(repeating: " ", count: width - finding.subject.count)
      let severity =
        finding.severity.rawValue + String(repeating: " ", count: 5 - finding.severity.rawValue.count)
      lines.append("\(severity)  \(subject)  \(finding.found)")
      if let remedy = finding.remedy {
        lines.append(String(repeating: " ", count: width + 9) + "→ \(remedy)")
      }
    }
    let bad = findings.filter { $0.severity != .good }
    lines.append(
      isWell
        ? "nothing that would make a training wrong or slow"
        : "\(counted(bad.count, "finding")): \(bad.map(\.subject).joined(separator: ", "))")
    return lines
  }

  /// The same as one JSON object.
  var json: JSON {
    .object([
      ("ranks", .integer(rankCount)), ("hosts", .integer(hostCount)), ("well", .boolean(isWell)),
      (
        "findings",
        .list(
          findings.map { finding in
            .object([
              ("severity", .text(finding.severity.rawValue)), ("subject", .text(finding.subject)),
              ("found", .text(finding.found)), ("remedy", finding.remedy.map(JSON.text) ?? .null),
            ])
          })
      ),
    ])
  }
}
