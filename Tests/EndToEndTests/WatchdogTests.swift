import Foundation
import Testing

extension EndToEndTests {
  /// Ranks that hang or die: the others say which and where, leave a record, and end the run.
  @Suite(.enabled(if: processesAreListed, "needs /proc, to find the ranks"))
  struct WatchdogTests {
    /// A run of the lockstep program whose ranks get signals.
    private struct Run {
      let output: URL
      let program: RunningProgram
      /// By rank, its process.
      let processes: [pid_t]

      /// Calls `body` when the run takes steps, which it would for minutes unless `changes` say otherwise.
      static func with(
        ranks count: Int, _ changes: [String], _ body: (Run) throws -> Void
      ) throws {
        try withTemporaryDirectory { directory in
          let output = directory.appending(path: "run")
          let settings = (["epochs=100000"] + changes).flatMap { ["--set", $0] }
          let program = try Program.start(
            ranks: count, ["train"] + SmallRun.arguments + settings + ["--output", output.path])
          let deadline = ContinuousClock.now + .seconds(30)
          let metrics = output.appending(path: "metrics.jsonl")
          while (try? String(contentsOf: metrics, encoding: .utf8))?.contains("\"step\", ") != true {
            try #require(ContinuousClock.now < deadline, "the run does not begin")
            Thread.sleep(forTimeInterval: 0.02)
          }
          let processes = lockstepProcesses(of: output)
          try #require(processes.count == count)
          defer { for process in processes { kill(process, SIGKILL) } }
          try body(Run(output: output, program: program, processes: processes))
        }
      }

      /// The lines that begin with a rank's name, and all that was printed, for messages.
      static func findings(_ ending: RunningProgram.Ending) -> [String] {
        ending.errorLines.filter { $0.contains("lockstep: rank ") }.map {
          String($0.dropFirst("lockstep: ".count))
        }
      }
    }

    /// A flight record, as far as the tests look into it.
    private struct Record: Decodable {
      struct Collective: Decodable {
        var number: Int
        var step: Int
        var name: String
        var state: String
        var entered_seconds_ago: Double
      }
      var rank: Int
      var process: Int
      var finding: String?
      var place: String
      var step: Int
      var collectives: [Collective]

      init(rank: Int, in output: URL) throws {
        let path = output.appending(path: "flight-recorder/rank-000\(rank).json")
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: path))
      }
    }

    private func requireRecords(_ run: Run, missing: Int, line: String) throws {
      for rank in run.processes.indices {
        let record = try Record(rank: rank, in: run.output)
        #expect(record.rank == rank && record.process == Int(run.processes[rank]))
        #expect(record.finding == (rank == missing ? line : nil))
        #expect((1...256).contains(record.collectives.count))
        #expect(record.collectives.map(\.number) == record.collectives.map(\.number).sorted())
        #expect(record.collectives.allSatisfy { !$0.name.isEmpty && $0.entered_seconds_ago >= 0 })
        #expect(record.collectives.contains { $0.name == "metrics" && $0.state == "done" })
        #expect(record.step > 0 && !record.place.isEmpty)
      }
    }

    @Test(
      "a rank that is stopped in a step is told by the others, who end the run",
      arguments: [
        (2, 0, ""), (3, 1, ""), (3, 2, "reduction.ranks_per_host=1"), (2, 1, "threads=2"),
      ])
    func stopped(ranks count: Int, rank: Int, change: String) throws {
      let changes = ["watchdog.timeout_seconds=2"] + (change.isEmpty ? [] : [change])
      try Run.with(ranks: count, changes) { run in
        let began = ContinuousClock.now
        #expect(kill(run.processes[rank], SIGSTOP) == 0)
        let ending = try run.program.wait(seconds: 12)
        #expect(ContinuousClock.now - began > .seconds(2))
        #expect(ending.status == 1)
        let lines = Run.findings(ending)
        #expect(lines.count == 1, "\(ending.errors)")
        let line = lines.first ?? ""
        let host = ProcessInfo.processInfo.hostName
        let waiting = count == 2 ? "1 rank waits" : "\(count - 1) ranks wait"
        #expect(line.hasPrefix("rank \(rank) (\(host)) has not "), "\(line)")
        #expect(line.contains(/(entered|done its part of) .* step \d+/), "\(line)")
        #expect(line.contains(#/; it is .* for [\d.]+ s, stopped by a signal; /#), "\(line)")
        #expect(line.hasSuffix(waiting), "\(line)")
        try requireRecords(run, missing: rank, line: line)
        #expect(lockstepProcesses(of: run.output) == [])
      }
    }

    @Test("a rank that goes on in time leaves no trace")
    func stoppedForAMoment() throws {
      let epochs = "epochs=60"
      let quiet = try withTemporaryDirectory { directory in
        try Program.run(
          ["train"] + SmallRun.arguments + [
            "--set", epochs, "--output", directory.appending(path: "run").path,
          ])
      }
      try Run.with(ranks: 2, [epochs, "watchdog.timeout_seconds=3"]) { run in
        #expect(kill(run.processes[1], SIGSTOP) == 0)
        Thread.sleep(forTimeInterval: 1)
        #expect(lockstepProcesses(of: run.output).count == 2, "the run was over before the rank was stopped")
        #expect(kill(run.processes[1], SIGCONT) == 0)
        let ending = try run.program.wait(seconds: 30)
        #expect(ending.status == 0 && ending.errors.isEmpty, "\(ending.errors)")
        let digests = [quiet, ending].map {
          $0.output.split(separator: "\n").filter { $0.hasPrefix("digest") }
        }
        #expect(digests[0].count == 1 && digests[0] == digests[1])
        #expect(!FileManager.default.fileExists(atPath: run.output.appending(path: "flight-recorder").path))
      }
    }

    @Test("with a timeout of 0 the others wait")
    func off() throws {
      try Run.with(ranks: 2, ["watchdog.timeout_seconds=0"]) { run in
        #expect(kill(run.processes[1], SIGSTOP) == 0)
        #expect(throws: RunningProgram.Timeout.self) { try run.program.wait(seconds: 4) }
      }
    }

    @Test("a rank that dies in a step is told by the others", arguments: [(2, 1), (3, 0)])
    func died(ranks count: Int, rank: Int) throws {
      try Run.with(ranks: count, []) { run in
        let began = ContinuousClock.now
        #expect(kill(run.processes[rank], SIGKILL) == 0)
        let ending = try run.program.wait(seconds: 10)
        #expect(ContinuousClock.now - began < .seconds(4))
        #expect(ending.status != 0)
        let lines = Run.findings(ending)
        #expect(lines.count == 1, "\(ending.errors)")
        let line = lines.first ?? ""
        #expect(line.hasPrefix("rank \(rank) (\(ProcessInfo.processInfo.hostName)) has died "), "\(line)")
        #expect(line.contains(/(step|start|reading)/), "\(line)")
        try requireRecords(run, missing: rank, line: line)
        #expect(lockstepProcesses(of: run.output) == [])
      }
    }

    // MARK: - Where no signal comes

    private static let watchedRanks = Program.binary.deletingLastPathComponent().appending(
      path: "watched-ranks")

    private func ending(_ fault: String, timeout: Int = 1, directory: URL? = nil) throws
      -> RunningProgram.Ending
    {
      try Program.start(
        binary: Self.watchedRanks, ranks: 2, [fault, "\(timeout)"] + (directory.map { [$0.path] } ?? [])
      ).wait(seconds: 20)
    }

    @Test(
      "slow reading is no hang, before the run or of its samples", arguments: ["slowStart", "slowSamples"])
    func slow(fault: String) throws {
      let quiet = try ending("none")
      #expect(quiet.status == 0 && quiet.output.hasPrefix("digest "), "\(quiet.errors)")
      let began = ContinuousClock.now
      let slow = try ending(fault)
      #expect(ContinuousClock.now - began > .seconds(2), "it was not slow")
      #expect(slow.status == 0 && slow.output == quiet.output, "\(slow.errors)")
    }

    @Test(
      "a rank that hangs while its process lives is told, wherever it is",
      arguments: [
        ("hungSample", "has not entered 1", "of step 1; it is in the reading of samples for "),
        (
          "hungEvaluation", "has not entered the beginning of step 2",
          "; it is in the evaluation after step 1 for "
        ),
        ("left", "has not entered the agreement", "it has ended in order"),
      ])
    func hanging(fault: String, lack: String, place: String) throws {
      try withTemporaryDirectory { directory in
        let ending = try ending(fault, directory: directory)
        #expect(ending.status == 1)
        #expect(ending.errorLines.count == 1, "\(ending.errors)")
        #expect(ending.errors.contains("rank 1 (\(ProcessInfo.processInfo.hostName)) has not "))
        #expect(ending.errors.contains(place) && ending.errors.contains("1 rank waits"), "\(ending.errors)")
        #expect(fault == "hungSample" || ending.errors.contains(lack), "\(ending.errors)")
        #expect(!ending.errors.contains("stopped by a signal"))
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(files == ["rank-0000.json", "rank-0001.json"])
      }
    }

    @Test("without a directory there are lines only")
    func withoutDirectory() throws {
      let ending = try ending("hungSample")
      #expect(ending.status == 1 && ending.errorLines.count == 1, "\(ending.errors)")
    }
  }
}

/// The lockstep processes of a run by rank, as mpirun has told them.
private func lockstepProcesses(of output: URL) -> [pid_t] {
  func rank(_ process: pid_t) -> Int {
    let variables =
      FileManager.default.contents(atPath: "/proc/\(process)/environ")?.split(separator: 0) ?? []
    let prefix = "OMPI_COMM_WORLD_RANK="
    let found = variables.map { String(decoding: $0, as: UTF8.self) }.first { $0.hasPrefix(prefix) }
    return found.flatMap { Int($0.dropFirst(prefix.count)) } ?? -1
  }
  return ranks(of: output).sorted { rank($0) < rank($1) }
}
