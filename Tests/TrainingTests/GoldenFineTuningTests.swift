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

  static let runs: [String: Run] = GoldenLeNet.runs("fine_tuning.json")

  @Test("losses and weights of 20 steps are PyTorch's", arguments: runs.keys.sorted())
  func agree(name: String) throws {
    let run = try #require(Self.runs[name])
    let recorder = Recorder()
    let trainer = try Trainer(try Self.experiment(run), on: .quick(), observers: [recorder])
    let weights = try GoldenLeNet.weights()
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
      if GoldenLeNet.isUndetermined(tensor.name, optimizer: run.optimizer) { continue }
      GoldenLeNet.compare(tensor, try #require(run.final[tensor.name]))
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

  private static func experiment(_ run: Run) throws -> Experiment {
    let file = try GoldenLeNet.file()
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
    experiment.recipe.fineTuning.initialWeights = Tensor.digest(of: try GoldenLeNet.weights().tensors)
    return experiment
  }
}
