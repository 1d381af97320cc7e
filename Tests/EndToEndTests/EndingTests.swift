import Foundation
import Testing

extension EndToEndTests {
  /// How a run ends that cannot go on: all ranks of it, at once, with status and message.
  @Suite struct EndingTests {
    /// Starts a run on three ranks that would last for minutes, and waits until it takes steps.
    private func withLongRun(
      _ body: (_ output: URL, _ program: RunningProgram) throws -> Void
    ) throws {
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        let program = try Program.start(
          ranks: 3, ["train"] + SmallRun.arguments + ["--set", "epochs=100000", "--output", output.path])
        let deadline = ContinuousClock.now + .seconds(30)
        let metrics = output.appending(path: "metrics.jsonl")
        while (try? String(contentsOf: metrics, encoding: .utf8))?.contains("\"step\", ") != true {
          try #require(ContinuousClock.now < deadline, "the run does not begin")
          Thread.sleep(forTimeInterval: 0.02)
        }
        try body(output, program)
      }
    }

    @Test("a checkpoint that cannot be written ends all ranks with its message")
    func checkpointCannotBeWritten() throws {
      try withLongRun { output, program in
        // Moved away in one step; a removal could meet the next checkpoint on its way.
        try FileManager.default.moveItem(
          at: output.appending(path: "checkpoints"), to: output.appending(path: "moved"))
        let ending = try program.wait(seconds: 10)
        #expect(ending.status == 1)
        let messages = ending.errorLines.filter { $0.contains("rank 0: ") }
        #expect(messages.count == 1, "\(ending.errors)")
        #expect(messages.first?.contains("checkpoints/step-") == true)
        #expect(messages.first?.contains("No such file or directory") == true)
        #expect(ranks(of: output) == [])
      }
    }

    @Test(
      "the death of one rank ends the others",
      .enabled(if: processesAreListed, "needs /proc, to find the ranks"), arguments: [0, 2])
    func death(rank: Int) throws {
      try withLongRun { output, program in
        let processes = ranks(of: output)
        try #require(processes.count == 3)
        #expect(kill(processes[rank], SIGKILL) == 0)
        #expect(try program.wait(seconds: 10).status != 0)
        #expect(ranks(of: output) == [])
      }
    }
  }
}

private let processesAreListed = FileManager.default.fileExists(atPath: "/proc/self/cmdline")

/// The lockstep processes of a run, by rank as far as they were started in turn; empty where there is no /proc.
private func ranks(of output: URL) -> [pid_t] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.compactMap { pid_t($0) }.sorted().filter { process in
    let arguments =
      FileManager.default.contents(atPath: "/proc/\(process)/cmdline")?.split(separator: 0) ?? []
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    return words.first?.hasSuffix("/lockstep") == true && words.contains(output.path)
  }
}
