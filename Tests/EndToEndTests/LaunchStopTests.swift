import Foundation
import Testing

extension EndToEndTests {
  /// Requests to stop that reach the launcher, and restarts.
  @Suite struct LaunchStopTests {
    /// Launches ranks, waits until they run, and sends the launcher signals.
    private func ending(
      _ deed: String, _ signals: [Int32], seconds: Double = 15
    ) throws -> RunningProgram.Ending {
      try withTemporaryDirectory { directory in
        let fake = try FakeRanks(in: directory)
        let program = try fake.launch([], deed)
        try #require(fake.areReady())
        Thread.sleep(forTimeInterval: 0.3)
        for signal in signals {
          kill(program.processIdentifier, signal)
          Thread.sleep(forTimeInterval: 0.3)
        }
        let ending = try program.wait(seconds: seconds)
        #expect(fake.areGone(), "\(fake.processes)")
        return ending
      }
    }

    @Test(
      "a first signal lets the ranks end in order, with status 3",
      arguments: [SIGTERM, SIGINT, SIGUSR1])
    func once(signal: Int32) throws {
      let ending = try ending("stopping", [signal])
      #expect(ending.status == 3, "\(ending.errors)")
      #expect(!ending.errors.contains("lockstep: "), "\(ending.errors)")
    }

    @Test("a second signal ends ranks at once that do not follow", arguments: [SIGTERM, SIGINT])
    func twice(signal: Int32) throws {
      let ending = try ending("deaf", [signal, signal], seconds: 8)
      #expect(ending.status == 1)
      #expect(
        ending.errors.contains("\(signal == SIGTERM ? "SIGTERM" : "SIGINT"), the second request to stop"),
        "\(ending.errors)")
      #expect(ending.errorLines.count == 1, "\(ending.errors)")
    }

    @Test("ranks that know of no request are ended by it, and told")
    func unaware() throws {
      let ending = try ending("waiting", [SIGTERM])
      #expect(ending.status == 1)
      #expect(ending.errors.contains("ended by SIGTERM"), "\(ending.errors)")
    }

    @Test(
      "a signal to mpirun itself lets the ranks end in order, too",
      .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/cmdline"), "needs /proc"))
    func toMpirun() throws {
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        let program = try Program.start(
          ranks: nil,
          ["launch", "-n", "2", "train"] + SmallRun.arguments + [
            "--set", "epochs=400", "--output", output.path,
          ])
        let log = output.appending(path: "metrics.jsonl")
        let deadline = ContinuousClock.now + .seconds(30)
        while (try? String(contentsOf: log, encoding: .utf8))?.contains("\"step\"") != true {
          try #require(ContinuousClock.now < deadline, "the run does not begin")
          Thread.sleep(forTimeInterval: 0.02)
        }
        let launched = try String(
          contentsOfFile: "/proc/\(program.processIdentifier)/task/\(program.processIdentifier)/children",
          encoding: .utf8
        ).split(separator: " ").compactMap { pid_t($0) }
        for process in launched { kill(process, SIGTERM) }
        let ending = try program.wait(seconds: 20)
        #expect(!launched.isEmpty && ending.status == 3, "\(ending.errors)")
        #expect(try Metrics(of: output).events("stop").last?.string("reason") == "launcher")
      }
    }

    @Test("a run that died is started again, from its checkpoint, and each start is told")
    func restarts() throws {
      try withTemporaryDirectory { directory in
        let fake = try FakeRanks(in: directory)
        let program = try fake.launch(
          ["--max-restarts", "3"], "twice", "--overwrite", "--output", "run")
        let ending = try program.wait(seconds: 40)
        #expect(ending.status == 0, "\(ending.errors)")
        let start = "\(directory.path) twice"
        #expect(
          fake.starts == ["\(start) --overwrite --output run"]
            + Array(repeating: "\(start) --output run --resume auto", count: 2))
        let lines = ending.errorLines.filter { $0.hasPrefix("lockstep: restart ") }
        #expect(lines.count == 2, "\(ending.errors)")
        #expect(lines.first?.hasPrefix("lockstep: restart 1 of 3 in 1 second, on 3 ranks") == true)
        #expect(lines.last?.hasPrefix("lockstep: restart 2 of 3 in 2 seconds") == true)
        #expect(ending.errorLines.filter { $0.contains("killed by signal 9") }.count == 2)
      }
    }

    @Test("restarts have an end")
    func givenUp() throws {
      try withTemporaryDirectory { directory in
        let fake = try FakeRanks(in: directory)
        let ending = try fake.launch(["--max-restarts", "1"], "killed", "--output", "run").wait(seconds: 30)
        #expect(ending.status == 1)
        #expect(fake.starts.count == 2)
        #expect(ending.errorLines.last == "lockstep: given up after 1 restart (--max-restarts)")
      }
    }
  }
}
