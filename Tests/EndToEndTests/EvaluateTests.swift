import Foundation
import Safetensors
import Testing

extension EndToEndTests {
  /// `lockstep evaluate`.
  @Suite struct EvaluateTests {
    @Test("gives the bits of the run's own evaluation, on any number of ranks")
    func sameBits() throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ranks: 2, ["train"] + SmallRun.arguments + ["--output", "run"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let checkpoint = "run/checkpoints/step-00000012.safetensors"
        let last = try #require(try Metrics(of: directory.appending(path: "run")).events("evaluation").last)
        #expect(last.string("split") == "test")
        // The event and the object tell numbers in the same digits.
        let expected = try #require(last.text.firstMatch(of: /"loss": .*/)).0

        for (ranks, arguments) in [
          (nil, []), (1, ["--set", "threads=2"]), (2, []), (3, ["--split", "test"]),
          (8, ["--set", "reduction.bucket_bytes=4"]),
        ] {
          let ending = try Program.run(
            ranks: ranks, ["evaluate", checkpoint, "--json"] + arguments, in: directory)
          #expect(ending.status == 0 && ending.errors == "")
          #expect(ending.output == "{\(expected)\n")
        }

        let text = try Program.run(ranks: 2, ["evaluate", checkpoint], in: directory).output
        #expect(text.hasPrefix("loss \(last.lossText)  accuracy ") && text.hasSuffix("samples 100\n"))
      }
    }

    @Test("a run's directory, its checkpoints and their latest stand for the newest checkpoint")
    func latest() throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(["train"] + SmallRun.arguments + ["--output", "run"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        func output(_ arguments: [String], ranks: Int? = nil) throws -> String {
          let ending = try Program.run(ranks: ranks, arguments, in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
          return ending.output
        }
        let newest = "run/checkpoints/step-00000012.safetensors"
        let curvature = ["--json", "--samples", "20", "--steps", "2", "--probes", "2"]
        let evaluated = try output(["evaluate", newest, "--json"])
        let digest = try output(["digest", newest])
        // It names the newest itself.
        let curved = try output(["curvature", newest] + curvature)
        for path in ["run", "run/", "run/checkpoints", "run/checkpoints/latest"] {
          #expect(try output(["evaluate", path, "--json"], ranks: 2) == evaluated, "\(path)")
          #expect(try output(["digest", path]) == digest, "\(path)")
          #expect(try output(["curvature", path] + curvature) == curved, "\(path)")
        }
        // In the directory itself, too, and not for any other than the newest.
        let checkpoints = directory.appending(path: "run/checkpoints")
        #expect(try Program.run(ranks: nil, ["digest", "latest"], in: checkpoints).output == digest)
        #expect(try output(["digest", "run/checkpoints/step-00000006.safetensors"]) != digest)
      }
    }

    @Test("tells the scores of each class, as the run told them at its end")
    func scores() throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ranks: 2, ["train"] + SmallRun.arguments + ["--output", "run"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let found = try Program.run(ranks: 3, ["evaluate", "run", "--json"], in: directory)
        let told = try #require(
          try Metrics(of: directory.appending(path: "run")).events("evaluation").last)
        func scores(_ text: String) throws -> Substring {
          text[try #require(text.range(of: "\"macro_f1\"")).lowerBound...]
        }
        let (expected, own) = (try scores(told.text), try scores(found.output))
        #expect(expected.contains("\"confusion\": [["))
        #expect(own.trimmingCharacters(in: .newlines) == expected)
        let table = try Program.run(["evaluate", "run", "--per-class"], in: directory)
        let lines = table.output.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("loss ") == true && lines.count >= 12)
        // The same table ended the run.
        for line in lines.dropFirst() { #expect(training.output.contains(line), "\(line)") }
      }
    }

    @Test("takes the other split, other data, and a configuration from a file")
    func choices() throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ["train"] + SmallRun.arguments + ["--output", "run", "--max-steps", "6"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        func evaluate(_ arguments: String...) throws -> Metrics.Event {
          let ending = try Program.run(
            ranks: 2, ["evaluate", "run/checkpoints/step-00000006.safetensors", "--json"] + arguments,
            in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
          return try Metrics.Event(ending.output)
        }
        let test = try evaluate()
        #expect(test.integer("samples") == SmallRun.testSamples)
        #expect(try evaluate("--split", "train").integer("samples") == SmallRun.trainSamples)
        #expect(try evaluate("--set", "data.test_samples=17").integer("samples") == 17)
        let fromFile = try evaluate(
          "--config", SmallRun.configuration, "--set", "data.test_samples=100", "--set", "batch.size=64")
        #expect(fromFile.text == test.text)
      }
    }

    @Test("files that PyTorch's wrappers and others write: a prefix of all names, no count of batches")
    func foreignNames() throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ["train"] + SmallRun.arguments + ["--output", "run", "--max-steps", "3"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let file = try TensorFile(
          contentsOf: directory.appending(path: "run/checkpoints/step-00000003.safetensors").path)
        let names = file.tensors.map(\.name)
        func evaluate(_ rename: (String) -> String?) throws -> RunningProgram.Ending {
          let tensors = file.tensors.compactMap { tensor in rename(tensor.name).map { ($0, tensor.tensor) } }
          try TensorFile(tensors: tensors).write(to: directory.appending(path: "other.safetensors").path)
          return try Program.run(
            ranks: 2,
            [
              "evaluate", "other.safetensors", "--json", "--config", SmallRun.configuration, "--set",
              "data.test_samples=50",
            ],
            in: directory)
        }
        let expected = try evaluate { $0 }
        try #require(expected.status == 0, "\(expected.errors)")
        func isCount(_ name: String) -> Bool { name.hasSuffix(".num_batches_tracked") }
        #expect(names.contains(where: isCount))
        for rename: (String) -> String? in [
          { "module." + $0 }, { "_orig_mod." + $0 }, { isCount($0) ? nil : $0 },
          { isCount($0) ? nil : "module." + $0 },
        ] {
          let ending = try evaluate(rename)
          #expect(ending.status == 0 && ending.output == expected.output, "\(ending.errors)")
        }
        for (rename, tells) in [
          (
            { $0 == names[0] ? $0 : "module." + $0 } as (String) -> String?, "tensor \"\(names[1])\" of shape"
          ),
          ({ "model." + $0 }, "tensor \"\(names[0])\" of shape"),
        ] {
          let ending = try evaluate(rename)
          #expect(ending.status == 2 && ending.errors.contains(tells), "\(ending.errors)")
          #expect(ending.errorLines.count == 1)
        }
      }
    }
  }
}
