import Datasets
import Foundation
import Safetensors
import Testing

extension EndToEndTests {
  /// `model.name: sequential`, whose layers are written in the configuration.
  @Suite struct SequentialTests {
    /// The layers of `sequential_twin.py`.
    private static let layers = """
      model:
        name: sequential
        layers:
          - {convolution: 8, kernel: 3, stride: 2, padding: 1}
          - batch_norm
          - relu
          - {residual: [{convolution: 8, kernel: 3, padding: 1, bias: false}, batch_norm, relu]}
          - dense: [batch_norm, relu, {convolution: 4, kernel: 3, padding: 1}]
            repeat: 2
          - {max_pool: 2}
          - repeat: 2
            layers: [{convolution: 6, kernel: 1}, sigmoid]
          - global_average_pool
          - flatten
          - {linear: 10}
      data: {name: glyphs, train_samples: 333, test_samples: 100}
      batch: {size: 64, microshards: 8}
      optimizer: {learning_rate: 0.1, momentum: 0.9}
      epochs: 2

      """

    /// Trains by a text on some ranks into a directory `run-RANKS`.
    private static func train(
      _ text: String, ranks: Int?, _ changes: [String] = [], in directory: URL
    ) throws -> String {
      try Data(text.utf8).write(to: directory.appending(path: "c.yaml"))
      let output = "run-\(ranks ?? 0)"
      let training = try Program.run(
        ranks: ranks,
        ["train", "c.yaml", "--output", output]
          + (changes + ["checkpoint.keep=all"]).flatMap { ["--set", $0] },
        in: directory)
      try #require(training.status == 0, "\(training.errors)")
      return output
    }

    @Test("trains to the same bits on any number of ranks, and its checkpoint evaluates")
    func sameBits() throws {
      try withTemporaryDirectory { directory in
        let reference = try Self.train(Self.layers, ranks: nil, in: directory)
        let bits = try Bits(of: directory.appending(path: reference))
        for ranks in [2, 3] {
          let run = try Self.train(Self.layers, ranks: ranks, ["threads=2"], in: directory)
          #expect(try Bits(of: directory.appending(path: run)) == bits, "\(ranks) ranks")
          // By the checkpoint alone.
          try FileManager.default.removeItem(at: directory.appending(path: "c.yaml"))
          let ending = try Program.run(ranks: ranks, ["evaluate", run, "--json"], in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
          let loss = try #require(ending.output.firstMatch(of: /"loss": [^,]*/)).0
          #expect(bits.evaluations.last?.contains(loss) == true, "\(loss)")
        }
      }
    }

    @Test(
      "PyTorch's nn.Sequential of the same layers loads the checkpoint, and computes its loss and accuracy",
      .enabled(if: PyTorch.isInstalled, "needs a python3 with torch and safetensors"))
    func toPyTorch() throws {
      try withTemporaryDirectory { directory in
        let run = try Self.train(Self.layers, ranks: 2, in: directory)
        let ending = try Program.run(["evaluate", run, "--json"], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        let evaluation = try Metrics.Event(ending.output)
        try PyTorch.writeSamples(of: "c.yaml", .test, to: "samples.safetensors", in: directory)
        let found = try Self.twin(
          ["evaluate", "\(run)/checkpoints/step-00000012.safetensors", "samples.safetensors"], in: directory)
        let loss = try #require(evaluation.number("loss"))
        #expect(abs(try #require(found.number("loss")) / loss - 1) < 1e-5)
        #expect(found.number("accuracy") == evaluation.number("accuracy"))
      }
    }

    /// A perceptron without batch normalization, so that no parameter has a gradient of rounding errors alone, which
    /// AdamW would blow up.
    private static let perceptron = """
      model:
        name: sequential
        layers: [flatten, {linear: 32}, sigmoid, {linear: 10}]
      data: {name: glyphs, train_samples: 256, test_samples: 10}
      batch: {size: 256, microshards: 8}
      optimizer: {name: adamw, learning_rate: 0.01, betas: [0.8, 0.95], weight_decay: 0.1}
      epochs: 20

      """

    @Test(
      "PyTorch's AdamW goes on from the state after a step, and 19 steps later has our model",
      .enabled(if: PyTorch.isInstalled, "needs a python3 with torch and safetensors"))
    func adamW() throws {
      try withTemporaryDirectory { directory in
        let run = try Self.train(Self.perceptron, ranks: 3, in: directory)
        try PyTorch.writeSamples(of: "c.yaml", .train, to: "samples.safetensors", in: directory)
        let checkpoint = "\(run)/checkpoints/step-00000001"
        _ = try Self.twin(
          [
            "continue", "\(checkpoint).safetensors", "samples.safetensors", "\(checkpoint).state",
            "twin.safetensors",
          ], in: directory)
        func tensors(_ path: String) throws -> TensorFile {
          try TensorFile(contentsOf: directory.appending(path: path).path)
        }
        let (first, twin) = (try tensors("\(checkpoint).safetensors"), try tensors("twin.safetensors"))
        let ours = try tensors("\(run)/checkpoints/step-00000020.safetensors")
        #expect(ours.tensors.map(\.name) == ["1.weight", "1.bias", "3.weight", "3.bias"])
        for (name, tensor) in ours.tensors {
          let values = try #require(tensor.elements(as: Float.self))
          let theirs: [Float] = try twin.elements(named: name, shape: tensor.shape)
          let before: [Float] = try first.elements(named: name, shape: tensor.shape)
          let moved = zip(values, before).map { abs($0 - $1) }.max() ?? 0
          let off = zip(values, theirs).map { abs($0 - $1) }.max() ?? .infinity
          #expect(moved > 0.05 && off < 1e-3 * moved, "\(name): moved \(moved), off \(off)")
        }
      }
    }

    /// What `sequential_twin.py` prints.
    private static func twin(_ arguments: [String], in directory: URL) throws -> Metrics.Event {
      let script = SmallRun.repository.appending(path: "Tests/EndToEndTests/sequential_twin.py")
      return try Metrics.Event(try PyTorch.run(script, arguments, in: directory))
    }
  }
}

/// Layers that are none, or that do not fit.
let sequentialModels: [Mistake] = [
  layers("no layers", "", tells: ["c.yaml:1: model.layers: missing"]),
  layers("an unknown layer", ", layers: [flaten]", tells: ["c.yaml:1: model.layers[0]: ", "\"flatten\""]),
  layers(
    "a layer that does not fit", ",\n  layers: [{convolution: 4, kernel: 3},\n    {linear: 10}]",
    tells: ["c.yaml:3: model.layers[1]: layer 1: a linear layer needs a vector", "4×26×26"]),
  layers(
    "a shortcut of another shape",
    ", layers: [\n  {residual: [{convolution: 2, kernel: 1}]}, flatten,\n  {linear: 10}]",
    tells: ["c.yaml:2: model.layers[0]", "2×28×28", "1×28×28"]),
  layers("no kernel", ", layers: [{convolution: 4}]", tells: ["c.yaml:1: model.layers[0].kernel: missing"]),
  layers(
    "a key of another model", ", pooling: max, layers: [flatten, {linear: 10}]", tells: ["model.pooling"]),
  layers(
    "too few outputs", ", layers: [flatten, {linear: 9}]", tells: ["9", "10 classes"]),
]

/// A training of a sequential model on glyphs, of which `text` tells the layers.
private func layers(_ description: String, _ text: String, tells: [String]) -> Mistake {
  Mistake(description, ["train", "c.yaml", "--output", "out"], tells: tells) {
    try Data(
      "model: {name: sequential\(text)}\ndata: {name: glyphs, train_samples: 64, test_samples: 10}\n".utf8
    )
    .write(to: $0.appending(path: "c.yaml"))
  }
}
