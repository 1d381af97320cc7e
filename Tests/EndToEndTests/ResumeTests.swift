import Foundation
import Safetensors
import Testing
import Training

extension EndToEndTests {
  /// A run that was interrupted leaves no trace in its result.
  @Suite struct ResumeTests {
    /// Trains the small run into `run` below a directory.
    private func train(
      _ changes: [String] = [], in directory: URL, ranks: Int? = 1
    ) throws -> RunningProgram.Ending {
      try Program.run(
        ranks: ranks, ["train"] + SmallRun.arguments + ["--output", "run"] + changes, in: directory)
    }

    /// The numbers of each step that must be the same, in the order of the file.
    private func steps(_ output: URL) throws -> [String] {
      try Metrics(of: output).events("step").map {
        "\($0.integer("step") ?? 0) \($0.lossText) \($0.number("accuracy") ?? -1) \($0.number("learning_rate") ?? -1)"
      }
    }

    private static let quiet = Result {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ranks: 1, ["train"] + SmallRun.arguments + ["--output", "run"], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        let output = directory.appending(path: "run")
        return (bits: try Bits(of: output), events: try Metrics(of: output).events.map(\.name))
      }
    }

    @Test(
      "stopped at any step and resumed on other ranks and threads, it has the log and the digest of no interruption",
      arguments: [(1, 3, 1), (5, 1, 2), (6, 2, 4), (8, 4, nil), (11, nil, 3)] as [(Int, Int?, Int?)])
    func anyStep(steps: Int, ranks: Int?, then: Int?) throws {
      let quiet = try Self.quiet.get()
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        #expect(try train(["--max-steps", "\(steps)"], in: directory, ranks: ranks).status == 0)
        let ending = try train(["--resume", "auto", "--set", "threads=2"], in: directory, ranks: then)
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        #expect(ending.output.contains("going on after \(steps) step"))
        #expect(try Bits(of: output) == quiet.bits)
        // The names of all events but those that tell of the interruption, and checkpoints.
        let others = ["stop", "resume", "checkpoint"]
        let names = try Metrics(of: output).events.map(\.name).filter { !others.contains($0) }
        #expect(names == quiet.events.filter { $0 != "checkpoint" })
        #expect(try Metrics(of: output).events("resume").map { $0.integer("step") } == [steps])
      }
    }

    @Test(
      "what a killed run has logged beyond its last checkpoint is not repeated, and a cut line is dropped")
    func beyond() throws {
      let quiet = try Self.quiet.get()
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        _ = try train(
          ["--set", "checkpoint.every_steps=4", "--set", "checkpoint.keep=all", "--max-steps", "11"],
          in: directory)
        for step in [11, 8] {
          try FileManager.default.removeItem(
            at: output.appending(path: String(format: "checkpoints/step-%08d.safetensors", step)))
        }
        let log = output.appending(path: "metrics.jsonl")
        try (String(contentsOf: log, encoding: .utf8) + #"{"event": "step", "st"#).write(
          to: log, atomically: false, encoding: .utf8)
        let ending = try train(["--resume", "auto"], in: directory, ranks: 2)
        #expect(ending.status == 0 && ending.output.contains("going on after 6 steps"), "\(ending.errors)")
        #expect(try Bits(of: output) == quiet.bits)
        #expect(try steps(output).count == SmallRun.epochs * SmallRun.stepsPerEpoch)
      }
    }

    @Test("auto begins where there is no checkpoint, and prints the digest again where all is done")
    func auto() throws {
      let quiet = try Self.quiet.get()
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        let first = try train(["--resume", "auto"], in: directory)
        #expect(first.status == 0)
        #expect(try Bits(of: output) == quiet.bits)
        let again = try train(["--resume", "auto"], in: directory, ranks: 3)
        #expect(again.status == 0 && again.output.contains("digest \(quiet.bits.digest)"))
        #expect(try Bits(of: output) == quiet.bits)
        #expect(try Metrics(of: output).events("end").count == 1)
        // Without --resume the run is protected.
        #expect(try train(in: directory).status == 2)
      }
    }

    @Test(
      "a path is a checkpoint, whose run goes on in its directory or begins a new one, or a run's directory")
    func paths() throws {
      let quiet = try Self.quiet.get()
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        _ = try train(["--max-steps", "7"], in: directory)
        for (path, options) in [
          ("run/checkpoints/step-00000006.safetensors", ["--output", "other"]),
          ("run/checkpoints/latest", ["--output", "third"]),
          ("run", []),
        ] {
          let ending = try Program.run(
            ranks: 2, ["train"] + SmallRun.arguments + options + ["--resume", path], in: directory)
          #expect(
            ending.status == 0 && ending.output.contains("digest \(quiet.bits.digest)"), "\(ending.errors)")
        }
        #expect(try Bits(of: output) == quiet.bits)
        #expect(
          try Metrics(of: directory.appending(path: "other")).events("step").first?.integer("step") == 7)
      }
    }

    @Test("a damaged checkpoint is passed over by auto with a warning, and refused by its path")
    func damaged() throws {
      let quiet = try Self.quiet.get()
      try withTemporaryDirectory { directory in
        _ = try train(["--max-steps", "7"], in: directory)
        let newest = directory.appending(path: "run/checkpoints/step-00000007.safetensors")
        var bytes = try Data(contentsOf: newest)
        bytes[bytes.count / 2] ^= 16
        try bytes.write(to: newest)
        let refused = try train(["--resume", newest.path], in: directory, ranks: 2)
        #expect(refused.status == 2 && refused.errorLines.count == 1)
        #expect(refused.errors.contains("step-00000007.safetensors: is damaged"), "\(refused.errors)")
        let evaluated = try Program.run(ranks: 1, ["evaluate", newest.path], in: directory)
        #expect(evaluated.status == 2 && evaluated.errors.contains("is damaged"))
        let ending = try train(["--resume", "auto"], in: directory, ranks: 2)
        #expect(ending.status == 0 && ending.output.contains("digest \(quiet.bits.digest)"))
        #expect(
          ending.errorLines.count == 1 && ending.errors.contains("an earlier checkpoint is taken"),
          "\(ending.errors)")
      }
    }

    @Test(
      "another experiment is refused with the key and both values; other data are told by their fingerprint")
    func otherExperiment() throws {
      try withTemporaryDirectory { directory in
        _ = try train(["--max-steps", "2"], in: directory)
        for (change, told) in [
          ("optimizer.learning_rate=0.3", "optimizer.learning_rate is 0.1 there, but 0.3 here"),
          ("seed=5", "seed is 0 there, but 5 here"), ("epochs=5", "a cosine schedule spreads"),
          ("data.train_samples=300", "data.train_samples is 333 there, but 300 here"),
        ] {
          let ending = try train(["--resume", "auto", "--set", change], in: directory, ranks: 2)
          #expect(ending.status == 2 && ending.errorLines.count == 1, "\(ending.errors)")
          #expect(ending.errors.contains(told), "\(ending.errors)")
        }
        #expect(try Metrics(of: directory.appending(path: "run")).events("step").count == 2)
      }
    }

    @Test("--max-steps 0 writes the initial weights, and a run from there is the run")
    func initialWeights() throws {
      let quiet = try Self.quiet.get()
      try withTemporaryDirectory { directory in
        let initial = try train(["--max-steps", "0"], in: directory, ranks: 2)
        #expect(initial.status == 0)
        let path = directory.appending(path: "run/checkpoints/step-00000000.safetensors").path
        #expect(
          try TensorFile(contentsOf: path)["1.running_var"]?.elements(as: Float.self)?.allSatisfy { $0 == 1 }
            == true)
        #expect(try train(["--resume", "auto"], in: directory).status == 0)
        #expect(try Bits(of: directory.appending(path: "run")) == quiet.bits)
      }
    }
  }
}
