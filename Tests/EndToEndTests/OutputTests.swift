import Foundation
import LockstepProgram
import Records
import Safetensors
import Testing
import Training

extension EndToEndTests {
  /// What a run leaves in its directory, for scripts to read.
  @Suite(SharedRun()) struct OutputTests {
    /// The run that all these tests look at.
    private func run() throws -> SharedRun.Run { try #require(SharedRun.current) }

    /// What the configuration of the small run says in Swift.
    private func configuration() throws -> Configuration {
      let overrides = SmallRun.arguments.dropFirst().filter { $0 != "--set" } + ["threads=2"]
      return try Configuration.load(path: SmallRun.configuration, overrides: Array(overrides))
    }

    @Test("events come in the order of what happens, with the members that scripts read")
    func events() throws {
      let output = try run().output
      let metrics = try Metrics(of: output)
      let epoch =
        Array(repeating: "step", count: SmallRun.stepsPerEpoch)
        + ["epoch", "evaluation", "evaluation"]
      let epochs = Array(repeating: epoch, count: SmallRun.epochs).joined()
      // Checkpoints are told once they lie on the disk, while training goes on.
      #expect(metrics.events.map(\.name).filter { $0 != "checkpoint" } == ["run"] + epochs + ["end"])
      #expect(metrics.events("checkpoint").map { $0.integer("step") } == [6, 12])

      let needed = [
        "run": [
          "batch", "data", "epochs", "microshards", "model", "parameters", "ranks", "samples", "threads",
        ],
        "step": [
          "step", "epoch", "loss", "learning_rate", "images_per_second", "seconds", "phase_seconds",
        ],
        "epoch": ["epoch", "loss", "accuracy"],
        "evaluation": ["split", "epoch", "loss", "accuracy", "samples"],
        "checkpoint": ["step", "epoch", "path"],
        "end": ["digest"],
      ]
      for event in metrics.events {
        let names = try #require(needed[event.name])
        #expect(Set(names).isSubset(of: event.names), "\(event.text)")
      }
    }

    @Test("steps tell their number, epoch, rate and times; losses come with 17 significant digits")
    func steps() throws {
      let output = try run().output
      let metrics = try Metrics(of: output)
      let steps = metrics.events("step")
      let configuration = try configuration()
      for (index, step) in steps.enumerated() {
        #expect(step.integer("step") == index + 1)
        #expect(step.integer("epoch") == index / SmallRun.stepsPerEpoch + 1)
        #expect(
          step.number("learning_rate")
            == configuration.recipe.learningRate(step: index, stepsPerEpoch: SmallRun.stepsPerEpoch))
        #expect(try #require(step.number("images_per_second")) > 0)
        let phases = try #require(step.object("phase_seconds"))
        #expect(phases.values.allSatisfy { $0 >= 0 })
        #expect(Set(phases.keys) == ["data", "forward", "backward", "reduction", "update"])
        // Phases do not overlap: together they are at most the whole, up to the rounding of their sum.
        let total = try #require(step.number("seconds"))
        #expect(phases.values.reduce(0, +) <= total * 1.000001)
      }
      for event in metrics.events where event.names.contains("loss") {
        let loss = try #require(Double(event.lossText))
        #expect(event.lossText == String(format: "%.17g", loss))
      }
    }

    @Test("an epoch's loss is that of its samples, each counted once")
    func epochs() throws {
      let output = try run().output
      let metrics = try Metrics(of: output)
      for (index, epoch) in metrics.events("epoch").enumerated() {
        let steps = metrics.events("step").filter { $0.integer("epoch") == index + 1 }
        let weights = Array(repeating: 64.0, count: SmallRun.stepsPerEpoch - 1) + [13.0]
        let sum = try zip(steps, weights).reduce(0) { try $0 + #require($1.0.number("loss")) * $1.1 }
        let loss = try #require(epoch.number("loss"))
        #expect(abs(loss - sum / Double(SmallRun.trainSamples)) < 1e-12)
      }
      let evaluations = metrics.events("evaluation")
      #expect(evaluations.map { $0.string("split") } == ["train", "test", "train", "test"])
      #expect(evaluations.map { $0.integer("epoch") } == [1, 1, 2, 2])
      #expect(evaluations.map { $0.integer("samples") } == [333, 100, 333, 100])
      for (epoch, evaluation) in zip(
        metrics.events("epoch"), evaluations.filter { $0.string("split") == "train" })
      {
        #expect(epoch.lossText == evaluation.lossText)
        #expect(epoch.number("accuracy") == evaluation.number("accuracy"))
      }
    }

    @Test("the manifest tells what the run was made with")
    func manifest() throws {
      let output = try run().output
      let data = try Data(contentsOf: output.appending(path: "manifest.json"))
      let manifest = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let configuration = try configuration()
      let told = try JSONSerialization.data(withJSONObject: try #require(manifest["configuration"]))
      let read = try Configuration.parse(String(decoding: told, as: UTF8.self), source: "manifest")
      #expect(read.json.description == configuration.json.description)
      #expect(manifest["seed"] as? Int == configuration.recipe.seed)
      #expect(manifest["ranks"] as? Int == 3)
      #expect(manifest["threads_per_rank"] as? Int == 2)
      #expect(manifest["microshards"] as? Int == 8)
      let hosts = try #require(manifest["hosts"] as? [String])
      #expect(hosts.count == 3 && Set(hosts).count == 1 && hosts.allSatisfy { !$0.isEmpty })
      #expect(try !#require(manifest["instruction_set"] as? String).isEmpty)
      let convolutions = try #require(manifest["convolutions"] as? [String: String])
      #expect(convolutions.keys.sorted() == ["0", "4"])
      let model = try TensorFile(
        contentsOf: output.appending(path: "checkpoints/step-00000012.safetensors").path)
      let recorded = Data(try #require(model.metadata["lockstep.convolutions"]).utf8)
      #expect(try JSONSerialization.jsonObject(with: recorded) as? [String: String] == convolutions)
      #expect(try #require(manifest["arguments"] as? [String]).contains(SmallRun.configuration))
      let versions = try #require(manifest["versions"] as? [String: String])
      #expect(versions["onednn"]?.firstMatch(of: /^\d+\.\d+\.\d+$/) != nil)
      #expect(versions["lapack"]?.firstMatch(of: /^\d+\.\d+\.\d+$/) != nil)
      #expect(versions["c_library"] == MathematicsLibrary.version)
      let mpi = try #require(versions["mpi"])
      #expect(mpi.contains("MPI") && mpi.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "\(mpi)")
    }

    @Test("checkpoints are named after their steps, and latest names the newest")
    func checkpoints() throws {
      let output = try run().output
      let directory = output.appending(path: "checkpoints")
      let names = ["step-00000006.safetensors", "step-00000012.safetensors"]
      #expect(contents(of: directory).filter { $0.hasSuffix(".safetensors") } == names)
      let latest = try String(contentsOf: directory.appending(path: "latest"), encoding: .utf8)
      #expect(latest == names[1] + "\n")
      let paths = try Metrics(of: output).events("checkpoint").map { $0.string("path") }
      #expect(paths == names.map { directory.appending(path: $0).path })
      // Nothing half-written is left.
      #expect(!contents(of: output).contains { $0.hasSuffix(".partial") || $0.hasSuffix(".tmp") })
    }

    @Test("a checkpoint has the tensors of PyTorch's state_dict")
    func tensors() throws {
      let golden = SmallRun.repository.appending(path: "Tests/ExecutionTests/Golden/names.json")
      let networks = try JSONSerialization.jsonObject(with: Data(contentsOf: golden)) as? [String: [[Any]]]
      let rows = try #require(networks?["lenet"])
      let expected = try rows.map { row in
        "\(try #require(row[0] as? String)): \(try #require(row[1] as? String)) \(try #require(row[2] as? [Int]))"
      }
      let output = try run().output
      let file = try TensorFile(
        contentsOf: output.appending(path: "checkpoints/step-00000012.safetensors").path)
      #expect(file.tensors.map { "\($0.name): \($0.tensor)" } == expected)
      #expect(file["1.num_batches_tracked"]?.elements(as: Int64.self) == [12])
      #expect(file["0.weight"]?.elements(as: Float.self)?.allSatisfy(\.isFinite) == true)
    }

    @Test(
      "the digest that a run ends with is that of its checkpoint; of several files, paths stand beside it")
    func digests() throws {
      let run = try run()
      let (output, ending) = (run.output, run.ending)
      let digest = try #require(try Metrics(of: output).events.last?.string("digest"))
      #expect(digest.wholeMatch(of: /[0-9a-f]{64}/) != nil)
      #expect(ending.output.contains("digest \(digest)\n"))
      let paths = ["step-00000006", "step-00000012"]
        .map { output.appending(path: "checkpoints/\($0).safetensors").path }
      #expect(try Program.run(["digest", paths[1]]).output == digest + "\n")
      let first = try Program.run(["digest", paths[0]]).output.trimmingCharacters(in: .newlines)
      #expect(first != digest)
      // By itself and on three ranks: printed once.
      for ranks in [nil, 3] {
        let both = try Program.run(ranks: ranks, ["digest"] + paths)
        #expect(both.output == "\(first)  \(paths[0])\n\(digest)  \(paths[1])\n")
        #expect(both.status == 0 && both.errors == "")
      }
    }

    @Test("only the coordinator prints, and nothing goes to standard error")
    func console() throws {
      let run = try run()
      let (output, ending) = (run.output, run.ending)
      #expect(ending.errors == "")
      let lines = ending.output.split(separator: "\n")
      #expect(lines.count == Set(lines).count, "no line twice")
      #expect(lines.filter { $0.hasPrefix("epoch 2  train: loss ") }.count == 1)
      #expect(lines.contains("output directory: \(output.path)"))
    }
  }
}

/// One training on three ranks for a whole suite, whose directory is removed after the last test.
private struct SharedRun: SuiteTrait, TestScoping {
  struct Run {
    let output: URL
    let ending: RunningProgram.Ending
  }

  @TaskLocal static var current: Run?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    let root = FileManager.default.temporaryDirectory
      .appending(path: "lockstep-\(UUID().uuidString)").resolvingSymlinksInPath()
    defer { try? FileManager.default.removeItem(at: root) }
    let output = root.appending(path: "run")
    let ending = try Program.run(
      ranks: 3, ["train"] + SmallRun.arguments + ["--output", output.path, "--set", "threads=2"])
    try #require(ending.status == 0, "\(ending.errors)")
    try await Self.$current.withValue(Run(output: output, ending: ending), operation: body)
  }
}
