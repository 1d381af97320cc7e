import Datasets
import Execution
import Foundation
import LockstepProgram
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

      /// The book's networks.
      static let book =
        [
          Twin(name: "lenet", model: "name: lenet"),
          Twin(name: "lenet-average", model: "name: lenet, pooling: average"),
          Twin(name: "mlp", model: "name: mlp"), Twin(name: "resnet18", model: "name: resnet18"),
          Twin(name: "densenet-small", model: "name: densenet, stem: small"),
        ]

      /// Further arguments of the run: those of torchvision take no step, as the others' take enough of them.
      var arguments: [String] { name.hasPrefix("torchvision") ? ["--max-steps", "0"] : [] }

      /// torchvision's own networks.
      static let torchvision = ["resnet18", "resnet34", "resnet50"].map {
        Twin(name: "torchvision-\($0)", model: "name: torchvision-\($0)")
      }
    }

    @Test("PyTorch loads a checkpoint, name by name, and computes the same logits", arguments: Twin.book)
    func toPyTorch(twin: Twin) throws { try compareHere(twin) }

    @Test(
      "torchvision loads a checkpoint, name by name, and computes the same logits",
      .enabled(if: PyTorch.hasTorchvision, "needs a Python with torchvision"), arguments: Twin.torchvision)
    func toTorchvision(twin: Twin) throws { try compareHere(twin) }

    @Test(
      "PyTorch's own checkpoint evaluates to the cross entropy of PyTorch's logits", arguments: Twin.book)
    func fromPyTorch(twin: Twin) throws { try compareThere(twin) }

    @Test(
      "torchvision's own checkpoint evaluates to the cross entropy of its logits",
      .enabled(if: PyTorch.hasTorchvision, "needs a Python with torchvision"), arguments: Twin.torchvision)
    func fromTorchvision(twin: Twin) throws { try compareThere(twin) }

    /// Our checkpoint in the twin.
    private func compareHere(_ twin: Twin) throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ranks: 2,
          ["train"] + SmallRun.arguments + ["--output", "run"] + twin.arguments
            + twin.overrides.flatMap { ["--set", $0] },
          in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let latest = try String(
          contentsOf: directory.appending(path: "run/checkpoints/latest"), encoding: .utf8)
        let checkpoint = "run/checkpoints/" + latest.trimmingCharacters(in: .newlines)
        let file = try TensorFile(contentsOf: directory.appending(path: checkpoint).path)
        let configuration = try Configuration.ofCheckpoint(
          file, path: checkpoint, overrides: ["data.test_samples=16"])
        let images = try configuration.data.dataset.source(.test, false)

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

    /// The twin's checkpoint here.
    private func compareThere(_ twin: Twin) throws {
      try withTemporaryDirectory { directory in
        try PyTorch.run(
          ["--export", "twin.safetensors", "--seed", "3", "--model", twin.name], in: directory)
        let count = 48
        let configuration = try Configuration.load(
          path: SmallRun.configuration, overrides: ["data.test_samples=\(count)"])
        let images = try configuration.data.dataset.source(.test, false)
        let logits = try PyTorch.logits(of: "twin.safetensors", model: twin.name, on: images, in: directory)
        let losses = logits.enumerated().map { sample, logits in
          let exponentials = logits.map { exp(Double($0)) }
          return log(exponentials.reduce(0, +)) - Double(logits[Int(images.label(of: sample))])
        }
        let loss = losses.reduce(0, +) / Double(count)
        let correct = logits.enumerated().filter { sample, logits in
          logits.max() == logits[Int(images.label(of: sample))]
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
      of file: TensorFile, _ configuration: Configuration, on images: any SampleSource
    ) throws -> [[Float]] {
      let replica = try Replica(
        configuration.graph(input: Shape(images.shape)), configuration.recipe, on: Machine(),
        ranks: SingleRank(), trains: false)
      try replica.executor.load(try file.stateTensors())
      _ = try replica.evaluate(images)
      return (0..<configuration.recipe.batch.microshards).flatMap {
        replica.executor.result(ofMicroshard: $0)
      }
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

  static let hasTorchvision: Bool = {
    let check = "import importlib.util as u, sys; sys.exit(not u.find_spec('torchvision'))"
    let ending = try? RunningProgram([python, "-c", check], in: nil, environment: environment).wait()
    return ending?.status == 0
  }()

  static let python = ProcessInfo.processInfo.environment["LOCKSTEP_PYTHON"] ?? "python3"

  static let environment = Program.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }

  /// Runs the twin's script.
  static func run(_ arguments: [String], in directory: URL) throws {
    let script = SmallRun.repository.appending(path: "Tests/ExecutionTests/Golden/pytorch_twin.py")
    _ = try run(script, arguments, in: directory)
  }

  /// Runs a script, and returns what it prints.
  static func run(_ script: URL, _ arguments: [String], in directory: URL) throws -> String {
    let ending = try RunningProgram(
      [python, script.path] + arguments, in: directory, environment: environment
    )
    .wait()
    try #require(ending.status == 0, "\(ending.errors)")
    return ending.output
  }

  /// Writes a configuration's samples to a file: "images", and their "labels".
  static func writeSamples(
    of configuration: String, _ split: DatasetSplit, to path: String, in directory: URL
  ) throws {
    let samples = try Configuration.load(path: directory.appending(path: configuration).path)
      .data.dataset.source(split, false)
    var file = TensorFile()
    file["images"] = Tensor(images: samples)
    file["labels"] = Tensor((0..<samples.count).map { Int64(samples.label(of: $0)) })
    try file.write(to: directory.appending(path: path).path)
  }

  /// The logits that PyTorch computes with a checkpoint, [image, class].
  static func logits(
    of checkpoint: String, model: String, on images: any SampleSource, in directory: URL
  ) throws -> [[Float]] {
    var file = TensorFile()
    file["images"] = Tensor(images: images)
    try file.write(to: directory.appending(path: "images.safetensors").path)
    try run([checkpoint, "images.safetensors", "logits.safetensors", "--model", model], in: directory)
    let logits: [Float] = try TensorFile(contentsOf: directory.appending(path: "logits.safetensors").path)
      .elements(named: "logits", shape: [images.count, 10])
    return stride(from: 0, to: logits.count, by: 10).map { Array(logits[$0..<$0 + 10]) }
  }
}

extension Tensor {
  /// All samples of a source, [sample, channel, row, column].
  fileprivate init(images: any SampleSource) {
    let pixels = (0..<images.count).flatMap { sample in
      var image = [Float](repeating: 0, count: images.shape.reduce(1, *))
      var span = image.mutableSpan
      images.write(sample, epoch: 0, into: &span)
      return image
    }
    self.init(pixels, shape: [images.count] + images.shape)
  }
}
