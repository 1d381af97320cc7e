import Foundation
import Testing

extension EndToEndTests {
  /// A run that somebody asks to stop does so in order, with a checkpoint and status 3.
  @Suite struct StopTests {
    /// A run of some ten seconds.
    private static let arguments =
      SmallRun.arguments + [
        "--set", "epochs=400", "--set", "checkpoint.every_epochs=never", "--output", "run",
      ]

    /// Starts a run, waits until it takes steps, and calls `body` with it.
    private func withRun(
      _ ranks: Int?, variables: [String: String] = [:],
      _ body: (_ output: URL, _ program: RunningProgram) throws -> Void
    ) throws {
      try withTemporaryDirectory { directory in
        let program = try Program.start(
          ranks: ranks, ["train"] + Self.arguments, in: directory, variables: variables)
        let log = directory.appending(path: "run/metrics.jsonl")
        let deadline = ContinuousClock.now + .seconds(30)
        while (try? String(contentsOf: log, encoding: .utf8))?.contains("\"step\"") != true {
          try #require(ContinuousClock.now < deadline, "the run does not begin")
          Thread.sleep(forTimeInterval: 0.02)
        }
        try body(directory.appending(path: "run"), program)
      }
    }

    /// The processes of the ranks.
    private func ranks(_ output: URL) -> [pid_t] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return names.compactMap { pid_t($0) }.sorted().filter { process in
        let directory = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
        let words =
          FileManager.default.contents(atPath: "/proc/\(process)/cmdline")?.split(separator: 0) ?? []
        return directory == output.deletingLastPathComponent().path
          && words.first.map { String(decoding: $0, as: UTF8.self).hasSuffix("/lockstep") } == true
      }
    }

    /// What is left must be a whole checkpoint at the step of the stop, and the run must go on from it.
    private func requireStopped(_ output: URL, _ ending: RunningProgram.Ending, reason: String) throws {
      let metrics = try Metrics(of: output)
      let stop = try #require(metrics.events("stop").last)
      #expect(stop.string("reason") == reason)
      let step = try #require(stop.integer("step"))
      #expect(metrics.events("step").last?.integer("step") == step)
      #expect(metrics.events("checkpoint").last?.integer("step") == step)
      #expect(
        ending.output.contains("stopped on request (") && ending.output.contains("--resume run"),
        "\(ending.output)")
      let next = try Program.run(
        ranks: 2, ["train"] + Self.arguments + ["--resume", "auto", "--max-steps", "\(step + 3)"],
        in: output.deletingLastPathComponent())
      #expect(next.status == 0, "\(next.errors)")
      #expect(try Metrics(of: output).events("step").map { $0.integer("step") } == (1...step + 3).map { $0 })
    }

    @Test(
      "a signal to any rank stops all", .enabled(if: processesAreListed, "needs /proc"),
      arguments: [SIGTERM, SIGINT, SIGUSR1])
    func oneRank(signal: Int32) throws {
      try withRun(3) { output, program in
        let processes = ranks(output)
        try #require(processes.count == 3)
        #expect(kill(processes[2], signal) == 0)
        let ending = try program.wait(seconds: 15)
        #expect(ending.status == 3 && ending.errors == "", "\(ending.status): \(ending.errors)")
        let reason = signal == SIGTERM ? "SIGTERM" : signal == SIGINT ? "SIGINT" : "SIGUSR1"
        try requireStopped(output, ending, reason: reason)
      }
    }

    @Test(
      "so does one to mpirun, which passes on SIGUSR1, and leaves time for a checkpoint after SIGTERM",
      arguments: [SIGUSR1, SIGTERM])
    func launcher(signal: Int32) throws {
      try withRun(2) { output, program in
        #expect(kill(program.processIdentifier, signal) == 0)
        let ending = try program.wait(seconds: 15)
        // mpirun has a status of its own when it was told to end.
        #expect(ending.status == (signal == SIGUSR1 ? 3 : 1))
        try requireStopped(output, ending, reason: signal == SIGUSR1 ? "SIGUSR1" : "launcher")
      }
    }

    @Test(
      "the launcher is told of a stop before MPI ends, where ranks may be killed as long as mpirun is busy",
      .enabled(if: processesAreListed, "needs /proc"))
    func toldBeforeMPIEnds() throws {
      try withTemporaryDirectory { notes in
        let note = notes.appending(path: "ending")
        try withRun(2, variables: ["LOCKSTEP_ENDING": note.path]) { output, program in
          let processes = ranks(output)
          // The end of MPI needs mpirun.
          #expect(kill(program.processIdentifier, SIGSTOP) == 0)
          for process in processes { #expect(kill(process, SIGUSR1) == 0) }
          let deadline = ContinuousClock.now + .seconds(10)
          while !FileManager.default.fileExists(atPath: note.path), ContinuousClock.now < deadline {
            Thread.sleep(forTimeInterval: 0.02)
          }
          #expect((try? String(contentsOf: note, encoding: .utf8)) == "3\n")
          #expect(kill(program.processIdentifier, SIGCONT) == 0)
          let ending = try program.wait(seconds: 15)
          #expect(ending.status == 3, "\(ending.errors)")
        }
      }
    }

    @Test("without mpirun a second signal ends the program at once")
    func twice() throws {
      try withRun(nil) { output, program in
        // The first request is taken note of, not acted on, while the process stands still.
        #expect(kill(program.processIdentifier, SIGSTOP) == 0)
        #expect(kill(program.processIdentifier, SIGTERM) == 0)
        #expect(kill(program.processIdentifier, SIGINT) == 0)
        #expect(kill(program.processIdentifier, SIGCONT) == 0)
        let ending = try program.wait(seconds: 10)
        #expect(ending.status == 1)
        #expect(try Metrics(of: output).events("end").isEmpty)
      }
    }

    @Test(
      "a rank that was stopped and goes on has not been asked to stop",
      .enabled(if: processesAreListed, "needs /proc"))
    func continued() throws {
      try withRun(2) { output, program in
        let process = try #require(ranks(output).last)
        #expect(kill(process, SIGSTOP) == 0)
        Thread.sleep(forTimeInterval: 1)
        #expect(kill(process, SIGCONT) == 0)
        Thread.sleep(forTimeInterval: 1)
        #expect(try Metrics(of: output).events("stop").isEmpty)
        #expect(kill(program.processIdentifier, SIGUSR1) == 0)
        #expect(try program.wait(seconds: 15).status == 3)
      }
    }

    @Test("--max-minutes stops before the time is up, with status 3")
    func minutes() throws {
      try withTemporaryDirectory { directory in
        let began = ContinuousClock.now
        let ending = try Program.run(
          ranks: 2, ["train"] + Self.arguments + ["--max-minutes", "0.05"], in: directory)
        #expect(ending.status == 3 && ContinuousClock.now - began < .seconds(20), "\(ending.errors)")
        try requireStopped(directory.appending(path: "run"), ending, reason: "max_minutes")
      }
    }
  }
}
