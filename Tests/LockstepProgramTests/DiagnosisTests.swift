import LockstepProgram
import Testing

/// What `lockstep doctor` says of facts.
@Suite struct DiagnosisTests {
  /// Facts of ranks on hosts with two cores each, of which nothing is wrong.
  private static func ranks(_ hosts: [String], _ change: (inout RankFacts) -> Void = { _ in }) -> [RankFacts]
  {
    hosts.enumerated().map { rank, host in
      var facts = RankFacts()
      (facts.rank, facts.host, facts.mpi, facts.processor) = (rank, host, "Open MPI v4.1.4", "a processor")
      facts.program = [
        ("SHA-256 of the binary", "abc"), ("oneDNN", "2.6.3"), ("instruction set", "AVX2"),
        ("C library", "2.36"),
      ]
      (facts.mask, facts.freeBytes, facts.sharedMemoryBytes) = ([0b11], 8 << 30, 4 << 30)
      (facts.interfaces, facts.governor) = (["eth0"], "performance")
      if rank == 0 { (facts.outputBytes, facts.outputKind) = (100 << 30, "ext4") }
      change(&facts)
      return facts
    }
  }

  private static func pairs(_ count: Int, _ change: (inout PairSpeed) -> Void = { _ in }) -> [PairSpeed] {
    (0..<count).flatMap { first in
      (first + 1..<count).map { second in
        var pair = PairSpeed(first: first, second: second, latencySeconds: 1e-6, bytesPerSecond: 1e10)
        change(&pair)
        return pair
      }
    }
  }

  private static func diagnosis(
    _ ranks: [RankFacts], _ pairs: [PairSpeed] = [], threads: Int = 1
  ) -> Diagnosis {
    Diagnosis(ranks, pairs: pairs, sums: SumCheck(counts: [1], seconds: 1e-3), threads: threads)
  }

  @Test("where nothing is wrong, nothing is found")
  func well() {
    for hosts in [["a"], ["a", "a"], ["a", "a", "b", "b"]] {
      let diagnosis = Self.diagnosis(Self.ranks(hosts), Self.pairs(hosts.count))
      #expect(diagnosis.isWell, "\(diagnosis.lines)")
      #expect(diagnosis.lines.last == "nothing that would make a training wrong or slow")
    }
  }

  /// A fact that is changed, the subject of the finding, and a word of what is told.
  struct Case: Sendable, CustomTestStringConvertible {
    let subject: String
    let words: [String]
    let severity: Diagnosis.Severity
    let change: @Sendable (inout RankFacts) -> Void
    var testDescription: String { "\(subject): \(words[0])" }
  }

  static let cases = [
    Case(
      subject: "versions", words: ["oneDNN is 2.6.3 on rank 0 (a), but 3.0 on rank 3 (b)"], severity: .wrong
    ) {
      if $0.rank == 3 { $0.program[1].value = "3.0" }
    },
    Case(subject: "versions", words: ["MPI is Open MPI v4.1.4", "Open MPI v5"], severity: .wrong) {
      if $0.host == "b" { $0.mpi = "Open MPI v5" }
    },
    Case(subject: "kernels", words: ["was not compiled for the vectors of b"], severity: .slow) {
      if $0.host == "b" { $0.isCompiledForProcessor = false }
    },
    Case(
      subject: "cores", words: ["b: 2 ranks × 1 thread on 1 core (the control group allows 1.5"],
      severity: .slow
    ) {
      if $0.host == "b" { $0.quota = 1.5 }
    },
    Case(subject: "memory", words: ["a: 100.0 MB free"], severity: .slow) {
      if $0.host == "a" { $0.freeBytes = 100_000_000 }
    },
    Case(subject: "/dev/shm", words: ["b: 67.1 MB free"], severity: .slow) {
      if $0.host == "b" { $0.sharedMemoryBytes = 64 << 20 }
    },
    Case(subject: "clock rate", words: ["governed by powersave"], severity: .slow) {
      $0.governor = "powersave"
    },
    Case(subject: "clocks", words: ["at most 7.0 s apart (b)"], severity: .slow) {
      if $0.rank == 2 { $0.clockOffset = -7 }
    },
    Case(subject: "output", words: ["cannot be written to"], severity: .wrong) { $0.outputBytes = nil },
    Case(subject: "output", words: ["1.0 MB free on nfs"], severity: .slow) {
      if $0.rank == 0 { ($0.outputBytes, $0.outputKind) = (1_000_000, "nfs") }
    },
  ]

  @Test("each fault is named with its host, alone, and with what to do", arguments: cases)
  func faults(fault: Case) throws {
    let diagnosis = Self.diagnosis(Self.ranks(["a", "a", "b", "b"], fault.change), Self.pairs(4))
    let bad = diagnosis.findings.filter { $0.severity != .good }
    #expect(Set(bad.map(\.subject)) == [fault.subject], "\(diagnosis.lines)")
    let finding = try #require(bad.first)
    #expect(finding.severity == fault.severity && finding.remedy != nil)
    for words in fault.words { #expect(finding.found.contains(words), "\(finding.found)") }
    #expect(!diagnosis.isWell)
  }

  @Test("ranks bound to one core of several are told")
  func binding() throws {
    // Rank 2 has a core of its own: the union is large enough, the binding is not.
    let ranks = Self.ranks(["a", "a", "a"]) { $0.mask = $0.rank == 2 ? [0b110] : [0b001] }
    let bad = Self.diagnosis(ranks, Self.pairs(3)).findings.filter { $0.severity != .good }
    #expect(bad.map(\.subject) == ["binding"])
    #expect(bad[0].found == "a: ranks 0, 1 are bound to the same 1 core")
    let threads = Self.ranks(["a"]) { $0.mask = [0b011] }
    #expect(Self.diagnosis(threads, threads: 2).isWell)
    #expect(
      Self.diagnosis(threads, threads: 3).findings.contains { $0.subject == "cores" && $0.severity == .slow })
  }

  @Test("the slow pair is named")
  func slowPair() throws {
    let ranks = Self.ranks(["a", "b", "c", "d"])
    let pairs = Self.pairs(4) { if ($0.first, $0.second) == (1, 3) { $0.bytesPerSecond = 1e8 } }
    let bad = Self.diagnosis(ranks, pairs).findings.filter { $0.severity != .good }
    #expect(bad.map(\.subject) == ["messages"])
    #expect(bad[0].found.contains("ranks 1 (b) and 3 (d): 0.001 ms, 0.1 GB/s"), "\(bad[0].found)")
    let late = Self.pairs(4) { if $0.first == 0, $0.second == 1 { $0.latencySeconds = 1e-4 } }
    #expect(Self.diagnosis(ranks, late).findings.contains { $0.found.contains("ranks 0 (a) and 1 (b)") })
  }
}
