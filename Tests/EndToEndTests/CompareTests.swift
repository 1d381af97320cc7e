import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep compare`.
  @Suite struct CompareTests {
    private static let run = Result { try AuditedRun() }

    /// Compares a copy of the run with another one, which is made of it or trained anew.
    private static func compare(
      _ paths: [String] = ["run", "other"], _ arguments: [String] = [], other: AuditedRun? = nil,
      changed: (_ other: URL) throws -> Void = { _ in }
    ) throws -> RunningProgram.Ending {
      let run = try run.get()
      return try run.run(["compare"] + paths + arguments, ranks: nil) { directory in
        let output = directory.deletingLastPathComponent().appending(path: "other")
        try (other ?? run).write(to: output)
        try changed(output)
      }
    }

    @Test("runs on other ranks and threads do not differ; that they are others is told")
    func otherRanks() throws {
      let other = try AuditedRun(ranks: 1, [["--set", "threads=2", "--set", "desync_check.every_steps=3"]])
      let ending = try Self.compare(other: other)
      #expect(ending.status == 0, "\(ending.output)")
      #expect(ending.output.contains("machine: threads is 1 in A, but 2 in B\n"))
      #expect(ending.output.contains("machine: ranks is 3 in A, but 1 in B\n"))
      #expect(ending.output.hasSuffix("\nno difference\n"))
    }

    @Test("another seed is told, with the first step and the first tensor")
    func otherSeed() throws {
      let ending = try Self.compare(other: try AuditedRun(ranks: 2, [["--set", "seed=1"]]))
      #expect(ending.status == 1 && ending.errors == "")
      #expect(ending.output.contains("experiment: seed is 0 in A, but 1 in B\n"))
      #expect(ending.output.contains("experiment: fingerprint of the train split is \""))
      #expect(ending.output.contains("\nstep 1: loss is "))
      #expect(
        ending.output.contains("\ntensor 0.weight is not the same: 150 of 150 elements differ, by at most "))
      #expect(ending.output.contains("\nslot momentum_buffer/0.weight is not the same: "))
      #expect(ending.output.hasSuffix("\nthey differ\n"))
    }

    @Test("a shorter run differs in the steps that it lacks, and in nothing that both have")
    func shorter() throws {
      let other = try AuditedRun(ranks: 2, [["--max-steps", "20"]])
      let ending = try Self.compare(other: other)
      #expect(ending.status == 1)
      #expect(
        ending.output
          == "A: run\nB: other\nmachine: ranks is 3 in A, but 2 in B\nonly A has steps 21–40\nthey differ\n")
    }

    private static let model = "checkpoints/step-00000020.safetensors"

    @Test("one weight is found, in one of two checkpoints as of two runs", arguments: [false, true])
    func oneWeight(json: Bool) throws {
      let paths = ["run/\(Self.model)", "other/\(Self.model)"]
      #expect(try Self.compare(paths).output.hasSuffix("\nno difference\n"))
      let ending = try Self.compare(paths, json ? ["--json"] : []) {
        try changeElement(7, of: "12.weight", in: $0.appending(path: Self.model))
      }
      #expect(ending.status == 1)
      if json {
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any])
        #expect(object["equal"] as? Bool == false)
        let first = try #require((object["tensors"] as? [String: Any])?["first"] as? [String: Any])
        #expect(first["name"] as? String == "12.weight" && first["differing"] as? Int == 1)
        #expect(try #require(first["largest_difference"] as? Double) > 0)
      } else {
        let lines = ending.output.split(separator: "\n")
        #expect(lines.count == 4, "\(ending.output)")
        #expect(lines[2].hasPrefix("tensor 12.weight is not the same: 1 of "))
        #expect(lines[3] == "they differ")
      }
    }

    @Test("a run is compared with a checkpoint of one of its steps")
    func runAndCheckpoint() throws {
      let ending = try Self.compare(["run", "other/\(Self.model)"])
      #expect(ending.status == 0, "\(ending.output)")
      #expect(ending.output == "A: run\nB: other/\(Self.model)\nno difference\n")
    }

    @Test("a changed evaluation is found")
    func evaluation() throws {
      let ending = try Self.compare {
        try changeDigit(of: $0, "accuracy", in: "\"split\": \"test\", \"epoch\": 2,")
      }
      #expect(ending.status == 1)
      #expect(ending.output.contains("\nstep 16 (end of epoch 2, evaluation of test): accuracy is "))
    }

    @Test("what cannot be compared is a mistake")
    func mistakes() throws {
      let ending = try Self.compare(["run", "none"])
      #expect(ending.status == 2)
      #expect(ending.errorLines.count == 1)
      #expect(ending.errors.contains("none: "))
      #expect(try Self.compare(["run"]).status == 2)
    }
  }
}
