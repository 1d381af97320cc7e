import Datasets
import Execution
import Foundation
import NeuralNetworks
import Safetensors
import Testing
import Training

extension EndToEndTests {
  /// Checkpoints go to PyTorch and come back.
  ///
  /// The Python with PyTorch is named by the environment's `LOCKSTEP_PYTHON`; otherwise it is `python3`.
  @Suite(.enabled(if: PyTorch.isInstalled, "needs a python3 with torch and safetensors"))
  struct PyTorchTests {
    /// A model under its name in `pytorch_twin.py`, and as the configuration tells it.
    struct Twin: Sendable, CustomTestStringConvertible {
      let name: String
      let model: String
      var testDescription: String { name }

      /// The changes of the small run's configuration: large networks take a few steps only.
      var overrides: [String] {
        let isLeNet = name.hasPrefix("lenet")
        return ["model={\(model)}"]
          + (isLeNet ? [] : ["data.train_samples=64", "batch={size: 32, microshards: 4}", "epochs=1"])
      }

      /// The model of a configuration for the twin's own checkpoints.
      static let all = [
        Twin(name: "lenet", model: "name: lenet"),
        Twin(name: "lenet-average", model: "name: lenet, pooling: average"),
        Twin(name: "mlp", model: "name: mlp"), Twin(name: "resnet18", model: "name: resnet18"),
        Twin(name: "densenet-small", model: "name: densenet, stem: small"),
      ]
    }

    @Test("PyTorch loads a checkpoint, name by name, and computes the same logits", arguments: Twin.all)
    func toPyTorch(twin: Twin) throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ranks: 2,
          ["train"] + SmallRun.arguments + ["--output", "run"] + twin.overrides.flatMap { ["--set", $0] },
          in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let latest = try String(
          contentsOf: directory.appending(path: "run/checkpoints/latest"), encoding: .utf8)
        let checkpoint = "run/checkpoints/" + latest.trimmingCharacters(in: .newlines)
        let file = try TensorFile(contentsOf: directory.appending(path: checkpoint).path)
        let configuration = try Checkpoint.configuration(of: file, overrides: ["data.test_samples=16"])
        let images = try configuration.dataset(.test)

        let ours = try logits(of: file, configuration, on: images)
        let theirs = try PyTorch.logits(of: checkpoint, model: twin.name, on: images, in: directory)
        #expect(ours.count == 16 && theirs.count == 16)
        let largest = theirs.joined().reduce(1) { max($0, abs($1)) }
        for (ours, theirs) in zip(ours.joined(), theirs.joined()) {
          #expect(abs(ours - theirs) <= 1e-5 * largest)
        }
        // Trained logits of different images differ by far more than the tolerance.
        #expect(zip(ours[0], ours[1]).contains { abs($0 - $1) > 1e-3 })
      }
    }

    @Test(
      "PyTorch's own checkpoint evaluates to the cross entropy of PyTorch's logits", arguments: Twin.all)
    func fromPyTorch(twin: Twin) throws {
      try withTemporaryDirectory { directory in
        try PyTorch.run(
          ["--export", "twin.safetensors", "--seed", "3", "--model", twin.name], in: directory)
        let count = 48
        let configuration = try Configuration.load(
          path: SmallRun.configuration, overrides: ["data.test_samples=\(count)"])
        let images = try configuration.dataset(.test)
        let logits = try PyTorch.logits(of: "twin.safetensors", model: twin.name, on: images, in: directory)
        let losses = logits.enumerated().map { sample, logits in
          let exponentials = logits.map { exp(Double($0)) }
          return log(exponentials.reduce(0, +)) - Double(logits[images.label(at: sample)])
        }
        let loss = losses.reduce(0, +) / Double(count)
        let correct = logits.enumerated().filter { sample, logits in
          logits.max() == logits[images.label(at: sample)]
        }

        let ending = try Program.run(
          ranks: 3,
          [
            "evaluate", "twin.safetensors", "--json", "--config", SmallRun.configuration,
            "--set", "data.test_samples=\(count)", "--set", "model={\(twin.model)}",
          ], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        let evaluation = try Metrics.Event(ending.output)
        #expect(evaluation.integer("samples") == count)
        #expect(abs(try #require(evaluation.number("loss")) / loss - 1) < 1e-5)
        #expect(evaluation.number("accuracy") == Double(correct.count) / Double(count))
      }
    }

    /// The logits that this process computes with a checkpoint, [image, class].
    private func logits(
      of file: TensorFile, _ configuration: Configuration, on images: ImageDataset
    ) throws -> [[Float]] {
      let executor = try Executor(configuration)
      try executor.load(try file.stateTensors())
      _ = try executor.evaluate(samples: images.count) { position, memory in
        images.write(sample: position, into: memory.input)
        memory.label.pointee = 0
      }
      return (0..<configuration.batch.microshards).flatMap { executor.result(ofMicroshard: $0) }
    }
  }
}

/// The PyTorch twins of the models, which lie with the golden files.
enum PyTorch {
  static let isInstalled: Bool = {
    let check =
      "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and u.find_spec('safetensors')))"
    let ending = try? RunningProgram([python, "-c", check], in: nil, environment: environment).wait()
    return ending?.status == 0
  }()

  static let python = ProcessInfo.processInfo.environment["LOCKSTEP_PYTHON"] ?? "python3"

  static let environment = Program.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }

  /// Runs the twin's script.
  static func run(_ arguments: [String], in directory: URL) throws {
    let script = SmallRun.repository.appending(path: "Tests/ExecutionTests/Golden/pytorch_twin.py")
    let ending = try RunningProgram(
      [python, script.path] + arguments, in: directory, environment: environment
    )
    .wait()
    try #require(ending.status == 0, "\(ending.errors)")
  }

  /// The logits that PyTorch computes with a checkpoint, [image, class].
  static func logits(
    of checkpoint: String, model: String, on images: ImageDataset, in directory: URL
  ) throws -> [[Float]] {
    let size = images.height * images.width
    var pixels = [Float](repeating: 0, count: images.count * size)
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let start = pixels.baseAddress else { return }
      for sample in 0..<images.count { images.write(sample: sample, into: start + sample * size) }
    }
    var file = TensorFile()
    file["images"] = Tensor(pixels, shape: [images.count, 1, images.height, images.width])
    try file.write(to: directory.appending(path: "images.safetensors").path)
    try run([checkpoint, "images.safetensors", "logits.safetensors", "--model", model], in: directory)
    let logits: [Float] = try TensorFile(contentsOf: directory.appending(path: "logits.safetensors").path)
      .elements(named: "logits", shape: [images.count, 10])
    return stride(from: 0, to: logits.count, by: 10).map { Array(logits[$0..<$0 + 10]) }
  }
}
