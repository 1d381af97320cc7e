import Foundation
import Testing

extension EndToEndTests {
  /// What no result depends on may differ from rank to rank, in every command that computes.
  @Suite struct MachineTests {
    /// What a command prints on two ranks, the second of which is given further arguments.
    private func output(_ arguments: [String], second more: [String], in directory: URL) throws -> String {
      let commands = [arguments, arguments + more].map {
        (command: [Program.binary.path] + $0, directory: directory)
      }
      let ending = try Program.start(commands).wait()
      #expect(ending.status == 0, "\(ending.errors)")
      return ending.output
    }

    @Test(
      "another machine on one rank is accepted",
      arguments: [
        "threads=2", "log.every_steps=1", "desync_check.every_steps=1", "verify.every_steps=1",
        "reduction.overlap=off",
        "reduction.bucket_bytes=1024", "reduction.ranks_per_host=1",
      ])
    func otherMachine(change: String) throws {
      let set = ["--set", change]
      try withTemporaryDirectory { directory in
        let train = ["train"] + SmallRun.arguments + ["--output", "run", "--overwrite"]
        let digests = try [[], set].map { more in
          try output(train, second: more, in: directory).split(separator: "\n").first {
            $0.hasPrefix("digest ")
          }
        }
        #expect(digests[0] != nil && digests[0] == digests[1])
        let evaluate = ["evaluate", "run"]
        #expect(
          try output(evaluate, second: set, in: directory) == output(evaluate, second: [], in: directory))
        _ = try output(
          ["bench", "step"] + SmallRun.arguments + ["--steps", "1"], second: set, in: directory)
      }
    }
  }
}
