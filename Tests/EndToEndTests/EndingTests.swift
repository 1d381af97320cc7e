import Foundation
import Testing

extension EndToEndTests {
  /// How a run ends that cannot go on: all ranks of it, at once, with status and message.
  @Suite struct EndingTests {
    /// Starts a run on three ranks that would last for minutes, and waits until it takes steps.
    private func withLongRun(
      variables: [String: String] = [:], _ body: (_ output: URL, _ program: RunningProgram) throws -> Void
    ) throws {
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        let program = try Program.start(
          ranks: 3, ["train"] + SmallRun.arguments + ["--set", "epochs=100000", "--output", output.path],
          variables: variables)
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
        // Whichever file the next one is: two for each checkpoint, and then `latest`.
        #expect(messages.first?.contains(/checkpoints\/(step-|latest)/) == true, "\(ending.errors)")
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

    /// How a run is ended.
    enum Kill: CaseIterable {
      case rank
      case launcher
    }

    /// Runs with directories of its own for Open MPI's files, and lists what is left there.
    private func leftovers(_ body: ([String: String]) throws -> Void) throws -> [String] {
      let name = "lockstep-test-\(UUID().uuidString)"
      let directories = ["/dev/shm", FileManager.default.temporaryDirectory.path].map {
        URL(filePath: $0).appending(path: name)
      }
      for directory in directories {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      }
      defer { for directory in directories { try? FileManager.default.removeItem(at: directory) } }
      try body([
        "OMPI_MCA_btl_vader_backing_directory": directories[0].path,
        "OMPI_MCA_osc_sm_backing_directory": directories[0].path,
        "OMPI_MCA_orte_tmpdir_base": directories[1].path,
      ])
      return try directories.flatMap { try FileManager.default.contentsOfDirectory(atPath: $0.path) }.sorted()
    }

    @Test(
      "a run leaves nothing in shared memory or in Open MPI's temporary directory",
      .enabled(if: sharedMemoryIsListed, "needs /dev/shm"))
    func nothingIsLeft() throws {
      let left = try leftovers { variables in
        try withTemporaryDirectory { directory in
          let output = directory.appending(path: "run")
          let program = try Program.start(
            ranks: 3, ["train"] + SmallRun.arguments + ["--output", output.path], variables: variables)
          #expect(try program.wait().status == 0)
        }
      }
      #expect(left == [])
    }

    @Test(
      "nor does a run whose rank is killed, nor of ours one whose launcher is",
      .enabled(if: sharedMemoryIsListed && processesAreListed, "needs /dev/shm and /proc"),
      arguments: Kill.allCases)
    func nothingOfOursIsLeft(kill killed: Kill) throws {
      let left = try leftovers { variables in
        try withLongRun(variables: variables) { output, program in
          let processes = ranks(of: output)
          try #require(processes.count == 3)
          // The control: the window is there, in the directory that is looked at.
          let maps = FileManager.default.contents(atPath: "/proc/\(processes[0])/maps") ?? Data()
          let windows = String(decoding: maps, as: UTF8.self).split(separator: "\n").filter {
            $0.contains("/dev/shm/lockstep-test-") && $0.contains("osc_sm")
          }
          #expect(!windows.isEmpty)
          #expect(kill(killed == .rank ? processes[1] : program.processIdentifier, SIGKILL) == 0)
          #expect(try program.wait(seconds: 10).status != 0)
          // The ranks notice by themselves that their launcher is gone.
          let deadline = ContinuousClock.now + .seconds(10)
          while !ranks(of: output).isEmpty, ContinuousClock.now < deadline {
            Thread.sleep(forTimeInterval: 0.05)
          }
          #expect(ranks(of: output) == [])
        }
      }
      // A launcher that is killed cannot clean up after Open MPI.
      let own = left.filter { killed == .rank || !($0.hasPrefix("vader_segment.") || $0.hasPrefix("ompi.")) }
      #expect(own == [])
    }
  }
}

private let sharedMemoryIsListed = FileManager.default.fileExists(atPath: "/dev/shm")
let processesAreListed = FileManager.default.fileExists(atPath: "/proc/self/cmdline")

/// The lockstep processes of a run, by rank as far as they were started in turn; empty where there is no /proc.
func ranks(of output: URL) -> [pid_t] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.compactMap { pid_t($0) }.sorted().filter { process in
    let arguments =
      FileManager.default.contents(atPath: "/proc/\(process)/cmdline")?.split(separator: 0) ?? []
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    return words.first?.hasSuffix("/lockstep") == true && words.contains(output.path)
  }
}
