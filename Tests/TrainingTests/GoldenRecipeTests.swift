import Datasets
import Execution
import Foundation
import NeuralNetworks
import Optimizers
import Safetensors
import Testing
import Training

/// Twenty steps of a LeNet with clipped gradients, averaged weights or other losses, against PyTorch.
@Suite struct GoldenRecipeTests {
  /// A run of `Golden/make_recipe.py`.
  struct Run: Decodable, Sendable {
    var optimizer: String
    var learningRate: Double
    var momentum: Double
    var weightDecay: Double
    var freeze: [String]?
    var rates: [String: Double]?
    var clipNorm: Double?
    var decay: Double?
    var loss: String?
    var outputs: Int?
    var classWeights: [Double]?
    var labelSmoothing: Double?
    var losses: [Double]
    var norms: [Double]?
    var final: [String: [Double]]
    var average: [String: [Double]]?
    var float32: Double
  }

  static let runs: [String: Run] = GoldenLeNet.runs("recipe.json")

  @Test("losses, norms and weights of 20 steps are PyTorch's", arguments: runs.keys.sorted())
  func agree(name: String) throws {
    let run = try #require(Self.runs[name])
    let recorder = Recorder()
    let trainer = try Trainer(try Self.experiment(run), on: .quick(), observers: [recorder])
    try trainer.begin(with: try Self.weights(run))
    _ = try trainer.run()
    let steps = recorder.events.compactMap { if case .step(let step) = $0 { step } else { nil } }
    try #require(steps.count == run.losses.count)
    // PyTorch's own single precision is so far from its double precision; ours may be some times as far.
    let tolerance = max(8 * run.float32, 3e-6)
    for (step, loss) in zip(steps, run.losses) {
      #expect(abs(step.metrics.loss / loss - 1) < tolerance, "\(step.metrics.loss), not \(loss)")
    }
    #expect(steps.compactMap(\.gradientNorm).count == (run.norms?.count ?? 0))
    for (step, norm) in zip(steps, run.norms ?? []) {
      let found = try #require(step.gradientNorm)
      #expect(abs(found / norm - 1) < 1e-4, "\(found), not \(norm)")
    }
    let state = try trainer.state()
    try compare(state.model, run.final, run)
    let averages = state.slots.filter { $0.name.hasPrefix(Executor.averagePrefix) }.map { tensor in
      var tensor = tensor
      tensor.name.removeFirst(Executor.averagePrefix.count)
      return tensor
    }
    try #require(averages.isEmpty == (run.average == nil))
    try compare(averages, run.average ?? [:], run)
  }

  @Test("the runs are there, and differ from one another")
  func control() {
    #expect(Self.runs.count == 12)
    #expect(Set(Self.runs.values.map { $0.losses[5] }).count == 12)
    // Where it is cut, and where it is not.
    for run in Self.runs.values where run.clipNorm == 1 {
      #expect(Set((run.norms ?? []).map { $0 > 1 }) == [true, false])
    }
  }

  // MARK: - Helpers

  private func compare(_ tensors: [StateTensor], _ probes: [String: [Double]], _ run: Run) throws {
    for tensor in tensors {
      guard case .floats = tensor.elements,
        !GoldenLeNet.isUndetermined(tensor.name, optimizer: run.optimizer)
      else { continue }
      GoldenLeNet.compare(tensor, try #require(probes[tensor.name]))
    }
  }

  /// The weights, of the head those of the first outputs.
  private static func weights(_ run: Run) throws -> TensorFile {
    var file = try GoldenLeNet.weights()
    guard let outputs = run.outputs else { return file }
    let weight: [Float] = try file.elements(named: "15.weight")
    let bias: [Float] = try file.elements(named: "15.bias")
    file["15.weight"] = Tensor(Array(weight.prefix(84 * outputs)), shape: [outputs, 84])
    file["15.bias"] = Tensor(Array(bias.prefix(outputs)), shape: [outputs])
    return file
  }

  private static func experiment(_ run: Run) throws -> Experiment {
    let file = try GoldenLeNet.file()
    let pixels: [UInt8] = try file.elements(named: "images")
    let labels: [Int64] = try file.elements(named: "labels")
    let outputs = run.outputs ?? 10
    let classes = max(outputs, 2)
    var experiment = Experiment(
      model: LeNet(classes: outputs),
      trainingData: InMemorySamples(
        inputs: pixels.map { Float($0) / 255 }, shape: [1, 28, 28],
        labels: labels.map { Int32($0 % Int64(classes)) }, classes: classes))
    experiment.shuffles = false
    experiment.recipe.batch = Batch(size: 32, microshards: 8)
    experiment.recipe.epochs = run.losses.count
    experiment.recipe.updateRule =
      run.optimizer == "sgd"
      ? SGD(momentum: run.momentum, weightDecay: run.weightDecay) : AdamW(weightDecay: run.weightDecay)
    experiment.recipe.schedule = LearningRateSchedule(baseLearningRate: run.learningRate)
    experiment.recipe.clipNorm = run.clipNorm
    experiment.recipe.average = run.decay.map { WeightAverage(decay: $0) }
    experiment.recipe.loss = Loss(
      run.loss == nil ? .softmaxCrossEntropy : .binaryCrossEntropy, labelSmoothing: run.labelSmoothing ?? 0)
    if let weights = run.classWeights { experiment.recipe.loss.classWeights = .values(weights) }
    experiment.recipe.fineTuning.frozen = run.freeze ?? []
    experiment.recipe.fineTuning.rates = (run.rates ?? [:]).map { FineTuning.Rate($0.key, factor: $0.value) }
    experiment.recipe.fineTuning.initialWeights = Tensor.digest(of: try weights(run).tensors)
    return experiment
  }
}
