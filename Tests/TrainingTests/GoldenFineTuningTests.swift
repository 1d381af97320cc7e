import Datasets
import Execution
import Foundation
import NeuralNetworks
import Optimizers
import Safetensors
import Testing
import Training

/// Twenty steps of a LeNet that was trained before, with frozen parts or rates by prefix, against PyTorch.
@Suite struct GoldenFineTuningTests {
  /// A run of `Golden/make_fine_tuning.py`.
  struct Run: Decodable, Sendable {
    var optimizer: String
    var learningRate: Double
    var momentum: Double
    var weightDecay: Double
    var freeze: [String]?
    var freezeStatistics: Bool?
    var rates: [String: Double]?
    var losses: [Double]
    var final: [String: [Double]]
    var float32: Double
  }

  static let runs: [String: Run] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let path = directory.appending(path: "Golden/fine_tuning.json").path
    return FileManager.default.contents(atPath: path)
      .flatMap { try? decoder.decode([String: Run].self, from: $0) } ?? [:]
  }()

  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  @Test("losses and weights of 20 steps are PyTorch's", arguments: runs.keys.sorted())
  func agree(name: String) throws {
    let run = try #require(Self.runs[name])
    let recorder = Recorder()
    let trainer = try Trainer(try Self.experiment(run), on: .quick(), observers: [recorder])
    let weights = try Self.weights()
    let loaded = try trainer.begin(with: weights)
    #expect(loaded.loaded.count == weights.names.count && loaded.leftOut == [] && loaded.reset == [])
    let initial = try trainer.state()
    _ = try trainer.run()
    try #require(recorder.steps.count == run.losses.count)
    // PyTorch's own single precision is so far from its double precision; ours may be some times as far.
    let tolerance = max(8 * run.float32, 3e-6)
    for (step, loss) in zip(recorder.steps, run.losses) {
      #expect(abs(step.loss / loss - 1) < tolerance, "\(step.loss), not \(loss)")
    }
    let frozen = run.freeze ?? []
    for (tensor, before) in zip(try trainer.state().model, initial.model) {
      if !tensor.name.contains("running"), !tensor.name.contains("tracked"),
        frozen.contains(where: { Graph.isPath(tensor.name, under: $0) })
      {
        #expect(tensor == before, "\(tensor.name) is frozen")
      }
      // What a batch normalization takes away again does not matter, nor is it determined.
      if ["0.bias", "4.bias", "9.bias", "12.bias"].contains(tensor.name), run.optimizer == "adamw" {
        continue
      }
      Self.compare(tensor, try #require(run.final[tensor.name]), tolerance: 1e-4)
    }
    let slots = try trainer.state().slots.map(\.name)
    #expect(!slots.isEmpty)
    #expect(
      !slots.contains { slot in
        frozen.contains { Graph.isPath(String(slot.split(separator: "/")[1]), under: $0) }
      })
  }

  @Test("the runs are there, and differ from one another")
  func control() {
    #expect(Self.runs.count == 7)
    #expect(Set(Self.runs.values.map { $0.losses[5] }).count == 7)
  }

  // MARK: - Helpers

  private static func compare(_ found: StateTensor, _ probe: [Double], tolerance: Double) {
    let values: [Double] =
      switch found.elements {
      case .floats(let values): values.map(Double.init)
      case .integers(let values): values.map(Double.init)
      }
    let largest = values.reduce(0) { max($0, abs($1)) }
    let probed = [largest] + [0.0, 0.31, 0.77].map { values[Int($0 * Double(values.count))] }
    for (value, expected) in zip(probed, probe) {
      #expect(
        abs(value - expected) <= tolerance * max(probe[0], 0.1), "\(found.name): \(value), not \(expected)")
    }
  }

  private static func golden() throws -> TensorFile {
    try TensorFile(
      contentsOf: directory.appending(path: "../ExecutionTests/Golden/lenet_max.safetensors").standardized
        .path)
  }

  private static func weights() throws -> TensorFile {
    TensorFile(
      tensors: try golden().tensors.compactMap { name, tensor in
        name.hasPrefix("initial/") ? (String(name.dropFirst("initial/".count)), tensor) : nil
      })
  }

  private static func experiment(_ run: Run) throws -> Experiment {
    let file = try golden()
    let pixels: [UInt8] = try file.elements(named: "images")
    let labels: [Int64] = try file.elements(named: "labels")
    var experiment = Experiment(
      model: LeNet(classes: 10),
      trainingData: InMemorySamples(
        inputs: pixels.map { Float($0) / 255 }, shape: [1, 28, 28], labels: labels.map(Int32.init),
        classes: 10))
    experiment.shuffles = false
    experiment.recipe.batch = Batch(size: 32, microshards: 8)
    experiment.recipe.epochs = run.losses.count
    experiment.recipe.updateRule =
      run.optimizer == "sgd"
      ? SGD(momentum: run.momentum, weightDecay: run.weightDecay) : AdamW(weightDecay: run.weightDecay)
    experiment.recipe.schedule = LearningRateSchedule(baseLearningRate: run.learningRate)
    experiment.recipe.fineTuning.frozen = run.freeze ?? []
    experiment.recipe.fineTuning.freezesStatistics = run.freezeStatistics ?? false
    experiment.recipe.fineTuning.rates = (run.rates ?? [:]).map { FineTuning.Rate($0.key, factor: $0.value) }
    experiment.recipe.fineTuning.initialWeights = Tensor.digest(of: try weights().tensors)
    return experiment
  }
}
