import Execution
import Foundation
import LockstepProgram
import Safetensors
import Testing
import Training

extension EndToEndTests {
  /// Weights in and weights out, as a user does it.
  @Suite struct FineTuningTests {
    /// A run of another seed, whose weights the tests begin with: its directory is `before`.
    private static let before = Result {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ["train"] + SmallRun.arguments + ["--output", "before", "--set", "seed=4", "--max-steps", "3"],
          in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        return try TensorFile(
          contentsOf: directory.appending(path: "before/checkpoints/step-00000003.safetensors").path)
      }
    }

    private static let settings = [
      "--set", "model={name: lenet, freeze: [0, 1, 4], reset: [15]}", "--set",
      "optimizer.rates={15: 10, 12: 0.5}",
    ]

    private func train(
      _ arguments: [String], ranks: Int? = 1, in directory: URL
    ) throws -> RunningProgram.Ending {
      try Program.run(ranks: ranks, ["train"] + SmallRun.arguments + Self.settings + arguments, in: directory)
    }

    private func writeWeights(to directory: URL, _ change: (inout TensorFile) -> Void = { _ in }) throws {
      var file = TensorFile(tensors: try Self.before.get().tensors)
      change(&file)
      try file.write(to: directory.appending(path: "weights.safetensors").path)
    }

    @Test("no step is taken, and the initial weights are written and can be evaluated", arguments: [1, 3])
    func initialWeights(ranks: Int) throws {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ranks: ranks, ["train"] + SmallRun.arguments + ["--output", "run", "--max-steps", "0"],
          in: directory)
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        let path = directory.appending(path: "run/checkpoints/step-00000000.safetensors").path
        let file = try TensorFile(contentsOf: path)
        #expect(ending.output.contains("digest \(Tensor.digest(of: file.tensors))"))
        #expect(file["0.weight"]?.shape == [6, 1, 5, 5])
        #expect(file["1.num_batches_tracked"]?.elements(as: Int64.self) == [0])
        let evaluated = try Program.run(["evaluate", "run"], in: directory)
        #expect(evaluated.status == 0, "\(evaluated.errors)")
        // And a run can begin with it: a round.
        let again = try Program.run(
          ["train"] + SmallRun.arguments
            + ["--output", "again", "--initial-weights", "run", "--max-steps", "0", "--set", "seed=9"],
          in: directory)
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.output.contains("digest \(Tensor.digest(of: file.tensors))"))
      }
    }

    @Test("the ranks show in no bit, and what was loaded is listed")
    func sameBits() throws {
      try withTemporaryDirectory { directory in
        try writeWeights(to: directory) { $0["more"] = Tensor([Float(1)]) }
        var bits: [Bits] = []
        for ranks in [1, 2, 3, 4] {
          let ending = try train(
            ["--output", "run\(ranks)", "--initial-weights", "weights.safetensors"], ranks: ranks,
            in: directory)
          #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
          for line in [
            "initial weights: 28 of 30 tensors from weights.safetensors",
            "  begin anew (model.reset): 15.weight, 15.bias", "  left out, not in the model: more",
            "frozen: 6 of 18 tensors, 2584 of 44878 parameters, under 0, 1, 4",
          ] {
            #expect(ending.output.contains(line + "\n"), "\(ending.output)")
          }
          bits.append(try Bits(of: directory.appending(path: "run\(ranks)")))
        }
        #expect(bits.dropFirst().allSatisfy { $0 == bits[0] })
        let path = directory.appending(path: "run2/checkpoints/latest")
        let latest = try String(contentsOf: path, encoding: .utf8).trimmingCharacters(in: .newlines)
        let end = try TensorFile(contentsOf: directory.appending(path: "run2/checkpoints/\(latest)").path)
        let beginning = try Self.before.get()
        for name in beginning.names {
          let isFrozen = ["0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias"].contains(name)
          #expect((end[name] == beginning[name]) == isFrozen, "\(name)")
        }
      }
    }

    @Test("a run goes on without the file, and can be audited with it")
    func resumeAndAudit() throws {
      try withTemporaryDirectory { directory in
        try writeWeights(to: directory)
        let weights = ["--initial-weights", "weights.safetensors"]
        #expect(try train(["--output", "whole"] + weights, in: directory).status == 0)
        #expect(
          try train(["--output", "run", "--max-steps", "4"] + weights, ranks: 2, in: directory).status == 0)
        let other = try train(
          ["--output", "run", "--resume", "auto", "--set", "model.freeze=[0]"], in: directory)
        #expect(other.status == 2 && other.errors.contains("model.freeze"), "\(other.errors)")
        let ending = try train(["--output", "run", "--resume", "auto"], ranks: 3, in: directory)
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        #expect(
          try Bits(of: directory.appending(path: "run")) == Bits(of: directory.appending(path: "whole")))
        let audit = try Program.run(ranks: 2, ["audit", "run"], in: directory)
        #expect(audit.status == 0, "\(audit.errors)")
        // The control: with other weights in the file it is another beginning, and is told so.
        try writeWeights(to: directory) { $0["12.bias"] = Tensor([Float](repeating: 0, count: 84)) }
        let changed = try Program.run(["audit", "run"], in: directory)
        #expect(changed.status == 2 && changed.errors.contains("digest"), "\(changed.errors)")
        let resumed = try train(["--output", "run", "--resume", "auto"] + weights, in: directory)
        #expect(resumed.status == 2 && resumed.errors.contains("model.initial_weights"), "\(resumed.errors)")
        try FileManager.default.removeItem(at: directory.appending(path: "weights.safetensors"))
        let missing = try Program.run(["audit", "run"], in: directory)
        #expect(
          missing.status == 2 && missing.errors.contains("weights.safetensors")
            && missing.errors.contains("--from"), "\(missing.errors)")
      }
    }

    /// A mistake: what is changed of the weights, further arguments, and what the line tells.
    struct Wrong: Sendable, CustomTestStringConvertible {
      var testDescription: String
      var arguments: [String]
      var tells: [String]
      var change: @Sendable (inout TensorFile) -> Void

      init(
        _ description: String, _ arguments: [String] = [], tells: [String],
        change: @escaping @Sendable (inout TensorFile) -> Void = { _ in }
      ) {
        (testDescription, self.arguments, self.tells, self.change) = (description, arguments, tells, change)
      }
    }

    static let mistakes = [
      Wrong(
        "a missing tensor",
        tells: ["weights.safetensors", "\"4.weight\" [16, 6, 5, 5] is missing", "model.reset"]
      ) { $0["4.weight"] = nil },
      Wrong(
        "another shape",
        tells: ["weights.safetensors", "\"12.bias\" has shape [85], but the model needs [84]"]
      ) { $0["12.bias"] = Tensor([Float](repeating: 0, count: 85)) },
      Wrong(
        "another model", tells: ["weights.safetensors", "another model", "\"conv1.weight\""]
      ) { $0 = TensorFile(tensors: [("conv1.weight", Tensor([Float(0)]))]) },
      Wrong("numbers that are none", tells: ["weights.safetensors", "12.bias", "finite"]) {
        $0["12.bias"] = Tensor([Float](repeating: .infinity, count: 84))
      },
      Wrong(
        "an unknown prefix", ["--set", "model.freeze=[13.wieght]"],
        tells: [
          "--set model.freeze=[13.wieght]: model.freeze[0]", "13.wieght", "did you mean \"13.weight\"?",
        ]),
      Wrong(
        "another unknown prefix", ["--set", "model.reset=[head]"],
        tells: ["model.reset[0]", "head", "expected one of 0, 1, 4, 5, 9, 10, 12, 13, 15"]),
      Wrong(
        "an unknown prefix of a rate", ["--set", "optimizer.rates={12.biass: 2}"],
        tells: ["optimizer.rates", "12.biass", "did you mean \"12.bias\"?"]),
      Wrong(
        "a rate of 0", ["--set", "optimizer.rates={15: 0}"],
        tells: ["optimizer.rates.15", "found 0", "greater than 0"]),
      Wrong("no list", ["--set", "model.freeze=0"], tells: ["model.freeze", "found 0", "a list"]),
      Wrong(
        "everything frozen", ["--set", "model.freeze=[0, 1, 4, 5, 9, 10, 12, 13, 15]"],
        tells: ["model.freeze", "all 18 parameters"]),
      Wrong(
        "a rate of what is frozen", ["--set", "optimizer.rates={0: 2}"],
        tells: ["optimizer.rates", "0", "frozen"]
      ),
      Wrong(
        "a digest that is none", ["--set", "model.initial_weights=weights.safetensors"],
        tells: ["model.initial_weights", "64 hexadecimal digits", "--initial-weights"]),
      Wrong(
        "another digest", ["--set", "model.initial_weights=" + String(repeating: "0", count: 64)],
        tells: ["--initial-weights weights.safetensors", "has the digest", "0000"]),
    ]

    @Test("a mistake is one line with status 2 on several ranks, and nothing is written", arguments: mistakes)
    func wrong(mistake: Wrong) throws {
      try withTemporaryDirectory { directory in
        try writeWeights(to: directory, mistake.change)
        let ending = try train(
          ["--output", "run", "--initial-weights", "weights.safetensors"] + mistake.arguments, ranks: 2,
          in: directory)
        #expect(ending.status == 2)
        #expect(ending.errorLines.count == 1, "\(ending.errors)")
        for words in mistake.tells { #expect(ending.errors.contains(words), "\(ending.errors)") }
        #expect(
          !contents(of: directory).contains {
            $0.hasSuffix("metrics.jsonl") || $0.hasSuffix(".safetensors") && $0.contains("step")
          })
      }
    }

    @Test("a file must be there, and be given where the configuration is about one")
    func missing() throws {
      try withTemporaryDirectory { directory in
        for (arguments, words) in [
          (["--initial-weights", "nothing.safetensors"], ["nothing.safetensors"]),
          (["--initial-weights", ""], ["--initial-weights", "has no value"]),
          ([], ["model.reset", "--initial-weights"]),
          (
            ["--set", "model={name: lenet, initial_weights: \(String(repeating: "1", count: 64))}"],
            ["model.initial_weights", "1111", "--initial-weights"]
          ),
        ] as [([String], [String])] {
          let ending = try train(["--output", "run"] + arguments, in: directory)
          #expect(ending.status == 2 && ending.errorLines.count == 1, "\(ending.errors)")
          for word in words { #expect(ending.errors.contains(word), "\(ending.errors)") }
        }
      }
    }
  }
}
