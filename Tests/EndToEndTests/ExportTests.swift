import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep export` against onnxruntime, which must compute what `lockstep predict` does.
  @Suite(
    .enabled(
      if: ONNXRuntime.isInstalled, "needs a Python with onnx and onnxruntime, named by LOCKSTEP_PYTHON"))
  struct ExportTests {
    /// Models with each operation, on images that are normalized or not.
    @Test(
      "onnxruntime gives the logits of predict within 1e-5",
      arguments: [
        ("lenet", "{name: glyphs, normalize: {mean: 0.3, std: 0.4}}"), ("resnet18", "{name: glyphs}"),
        ("torchvision-resnet18", "{name: glyphs, resize: 33, normalize: {mean: 0.3, std: 0.4}}"),
        ("densenet", "{name: glyphs, resize: 40}"), ("torchvision-densenet121", "{name: glyphs, resize: 40}"),
      ])
    func images(model: String, data: String) throws {
      try compare("{name: \(model)}", data)
    }

    /// The largest networks take no step: their checkpoints are their initializations.
    @Test(
      "onnxruntime gives the logits of large networks, too",
      arguments: [
        ("mlp", "{name: glyphs}"), ("vgg11", "{name: glyphs, resize: 32}"), ("resnet34", "{name: glyphs}"),
        ("resnet50", "{name: glyphs, resize: 40}"),
      ])
    func large(model: String, data: String) throws {
      try compare("{name: \(model)}", data, steps: 0)
    }

    @Test("layers that only models of one's own have: dropout, concatenation, average pooling, sigmoid")
    func layers() throws {
      try compare(
        """
        {name: sequential, layers: [{convolution: 4, kernel: 3, padding: 1}, sigmoid,
        {average_pool: 3, stride: 2, padding: 1}, {dense: [batch_norm, relu, {convolution: 3, kernel: 3, padding: 1}]},
        {residual: [batch_norm, relu]}, {max_pool: 2, stride: 2, padding: 1}, flatten, {dropout: 0.5}, {linear: 10}]}
        """, "{name: glyphs}")
    }

    @Test("a regression answers in the units of the table, of numbers as they stand there")
    func regression() throws {
      try withTemporaryDirectory { directory in
        let rows = (0..<90).map { "\($0 % 7),\(1000 + $0 * 5 % 11),\(500 + 2 * ($0 % 7) - $0 * 5 % 11)" }
        try Data((["a,b,weight"] + rows).joined(separator: "\n").utf8)
          .write(to: directory.appending(path: "weights.csv"))
        try write(
          """
          model: {name: sequential, layers: [{linear: 16}, sigmoid, {linear: 1}]}
          data: {name: csv, path: weights.csv, target: weight, task: regression, standardize: all}
          loss: {name: squared}
          batch: {size: 16, microshards: 4}
          optimizer: {learning_rate: 0.1}
          epochs: 20
          """, to: directory)
        // The target's column is passed over.
        let answers = try predict(["weights.csv"], in: directory).map { try #require($0.values) }
        let numbers = rows.flatMap { $0.split(separator: ",").prefix(2).compactMap { Float($0) } }
        try npy("<f4", [90, 2], numbers.withUnsafeBytes { Data($0) })
          .write(to: directory.appending(path: "x.npy"))
        let found = try ONNXRuntime.Result(directory)
        #expect(found.name == "values")
        for (answer, output) in zip(answers, found.outputs) {
          #expect(abs(answer[0] - output[0]) < 1e-5 * abs(answer[0]))
        }
        // It has learned something, in the units of the target.
        let targets = rows.map { Double($0.split(separator: ",")[2]) ?? 0 }
        let worst = zip(answers, targets).map { abs($0[0] - $1) }.max() ?? .infinity
        #expect(worst < 6, "\(worst)")
      }
    }

    /// Trains, and compares images drawn at random.
    private func compare(_ model: String, _ data: String, steps: Int = 2) throws {
      try withTemporaryDirectory { directory in
        try write(
          """
          model: \(model)
          data: \(data.dropLast()), train_samples: 32, test_samples: 16}
          batch: {size: 16, microshards: 4}
          optimizer: {learning_rate: 0.01}
          epochs: 1
          """, to: directory, ["--max-steps", "\(steps)"])
        let count = 6
        var state: UInt64 = 1
        let side = data.firstMatch(of: /resize: (\d+)/).flatMap { Int($0.1) } ?? 28
        let pixels = (0..<count * side * side).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return UInt8(state >> 56)
        }
        try npy("|u1", [count, side, side], Data(pixels)).write(to: directory.appending(path: "images.npy"))
        try npy("|u1", [count, 1, side, side], Data(pixels)).write(to: directory.appending(path: "x.npy"))
        let answers = try predict(["images.npy"], in: directory)
        try #require(answers.count == count)
        let found = try ONNXRuntime.Result(directory)
        #expect(found.name == "logits" && found.metadata["lockstep.model"] != nil)
        for (answer, outputs) in zip(answers, found.outputs) {
          let logits = try #require(answer.logits)
          let scale = max(1, logits.map(abs).max() ?? 1)
          #expect(zip(logits, outputs).allSatisfy { abs($0 - $1) < 1e-5 * scale }, "\(logits) \(outputs)")
        }
      }
    }

    /// Trains by a configuration, and exports.
    private func write(_ configuration: String, to directory: URL, _ arguments: [String] = []) throws {
      try Data(configuration.utf8).write(to: directory.appending(path: "c.yaml"))
      for arguments in [
        ["train", "c.yaml", "--output", "run"] + arguments, ["export", "run", "--onnx", "m.onnx"],
      ] {
        let ending = try Program.run(arguments, in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
      }
    }

    private func predict(_ inputs: [String], in directory: URL) throws -> [Answer] {
      let ending = try Program.run(ranks: 2, ["predict", "run", "--json"] + inputs, in: directory)
      try #require(ending.status == 0, "\(ending.errors)")
      return try Answer.read(ending.output)
    }
  }
}

/// onnxruntime, by the script `run_onnx.py`.
private enum ONNXRuntime {
  static let isInstalled: Bool = {
    let check =
      "import importlib.util as u, sys; sys.exit(not (u.find_spec('onnx') and u.find_spec('onnxruntime')))"
    let ending = try? RunningProgram(
      [PyTorch.python, "-c", check], in: nil, environment: PyTorch.environment
    ).wait()
    return ending?.status == 0
  }()

  struct Result: Decodable {
    let name: String
    let outputs: [[Double]]
    let metadata: [String: String]

    /// Applies `m.onnx` to `x.npy`.
    init(_ directory: URL) throws {
      let script = SmallRun.repository.appending(path: "Tests/EndToEndTests/run_onnx.py")
      let output = try PyTorch.run(script, ["m.onnx", "x.npy"], in: directory)
      self = try JSONDecoder().decode(Self.self, from: Data(output.utf8))
    }
  }
}
