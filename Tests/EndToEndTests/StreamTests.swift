import Foundation
import Testing

extension EndToEndTests {
  /// Standard streams, and files, that cannot be written to.
  @Suite struct StreamTests {
    /// Runs a line of the shell in which `$lockstep` is the program.
    private func shell(_ line: String, in directory: URL) throws -> RunningProgram.Ending {
      try RunningProgram(
        ["sh", "-c", line], in: directory,
        environment: Program.environment.merging(["lockstep": Program.binary.path]) { $1 }
      ).wait()
    }

    private static let train =
      "\"$lockstep\" train \(SmallRun.configuration) --set data.train_samples=333 --set data.test_samples=100 --output out"

    @Test(
      "standard output on a full device, or closed, ends with one line and status 1",
      arguments: [
        train, "\"$lockstep\" summary \(SmallRun.configuration)", "\"$lockstep\" --help",
        "\"$lockstep\" minimize \(SmallRun.repository.path)/configs/minimize/square.yaml --output out",
      ])
    func unwritable(command: String) throws {
      for (redirection, reason) in [(">/dev/full", "No space left on device"), (">&-", "it is closed")] {
        try withTemporaryDirectory { directory in
          let ending = try shell("\(command) \(redirection)", in: directory)
          #expect(ending.status == 1)
          #expect(ending.allErrors == "lockstep: standard output: cannot be written: \(reason)\n")
        }
      }
    }

    @Test(
      "where standard error cannot be written to either, the status remains",
      arguments: [">/dev/full", ">&-"])
    func nobodyToTell(redirection: String) throws {
      try withTemporaryDirectory { directory in
        let second = redirection.replacingOccurrences(of: ">", with: "2>")
        let both = try shell("\(Self.train) \(redirection) \(second)", in: directory)
        #expect(both.status == 1)
        let mistake = try shell("\"$lockstep\" train none.yaml \(second)", in: directory)
        #expect(mistake.status == 2)
      }
    }

    @Test("a closed stream is not taken by the next file")
    func closed() throws {
      try withTemporaryDirectory { directory in
        _ = try shell("\(Self.train) >&- 2>&-", in: directory)
        let text =
          (try? String(contentsOf: directory.appending(path: "out/metrics.jsonl"), encoding: .utf8)) ?? ""
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("{") })
      }
    }

    @Test("a reader that has seen enough ends the program without a word")
    func closedPipe() throws {
      try withTemporaryDirectory { directory in
        let ending = try shell(
          "(\(Self.train) --set epochs=100000 --set log.every_steps=1; echo $? >status) | head -1",
          in: directory)
        #expect(ending.status == 0 && ending.allErrors == "")
        #expect(
          ending.output.hasPrefix("lenet on glyphs: ") && ending.output.split(separator: "\n").count == 1)
        #expect(try String(contentsOf: directory.appending(path: "status"), encoding: .utf8) == "141\n")
      }
    }

    @Test("a file of bench on a full device: one line, status 1")
    func bench() throws {
      try withTemporaryDirectory { directory in
        let ending = try shell(
          "\"$lockstep\" bench allreduce --count 64 --json /dev/full", in: directory)
        #expect(ending.status == 1)
        #expect(ending.allErrors == "lockstep: /dev/full: cannot be written: No space left on device\n")
      }
    }
  }
}
