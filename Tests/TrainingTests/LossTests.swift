import Datasets
import Execution
import Foundation
import Mistakes
import NeuralNetworks
import Optimizers
import Testing
import Training

/// Losses and what they compare with.
@Suite struct LossTests {
  /// A point of a plane.
  private struct Point {
    var x, y: Float
  }

  /// A grid in [−1, 1]².
  private static let grid = (0..<64).map { index in
    Point(x: Float(index % 8) / 3.5 - 1, y: Float(index / 8) / 3.5 - 1)
  }

  private static let inputs = grid.flatMap { [$0.x, $0.y] }

  /// A linear model on the grid.
  private func experiment(targets: [Float], targetCount: Int = 1, outputs: Int = 1) -> Experiment {
    var experiment = Experiment(
      model: Sequential(Linear(outputs)),
      trainingData: InMemorySamples(
        inputs: Self.inputs, shape: [2], targets: targets, targetCount: targetCount))
    experiment.recipe.loss = Loss(.squared)
    experiment.recipe.batch = Batch(size: 64, microshards: 5)
    experiment.recipe.schedule = LearningRateSchedule(baseLearningRate: 0.5)
    experiment.recipe.epochs = 150
    return experiment
  }

  /// The elements of a tensor of a state.
  private func floats(_ name: String, _ state: TrainingState) throws -> [Float] {
    let tensor = try #require(state.model.first { $0.name == name })
    guard case .floats(let values) = tensor.elements else { return [] }
    return values
  }

  @Test("a linear model finds the plane that its targets lie on")
  func plane() throws {
    let targets = Self.grid.map { 2 * $0.x - 3 * $0.y + 0.5 }
    let trainer = try Trainer(experiment(targets: targets), on: .quick())
    let first = try trainer.takeStep().metrics
    #expect(first.samples == 64 && first.loss > 0.5)
    try trainer.run()
    let state = try trainer.state()
    let weight = try floats("0.weight", state)
    let bias = try floats("0.bias", state)
    #expect(abs(weight[0] - 2) < 1e-4 && abs(weight[1] + 3) < 1e-4 && abs(bias[0] - 0.5) < 1e-4)
    #expect(try trainer.evaluate(trainer.experiment.trainingData).loss < 1e-8)
  }

  @Test("the loss is half the squared difference, summed over outputs, the mean over samples")
  func value() throws {
    let targets = Self.grid.map { [$0.x, 7, $0.y] }
    let experiment = self.experiment(targets: targets.flatMap { $0 }, targetCount: 3, outputs: 3)
    let trainer = try Trainer(experiment, on: .quick())
    let state = try trainer.state()
    let (weight, bias) = (try floats("0.weight", state), try floats("0.bias", state))
    var expected = 0.0
    for (point, targets) in zip(Self.grid, targets) {
      for (output, target) in targets.enumerated() {
        let sum: Float = weight[2 * output] * point.x + weight[2 * output + 1] * point.y + bias[output]
        expected += Double(sum - target) * Double(sum - target) / 2
      }
    }
    let found = try trainer.evaluate(experiment.trainingData)
    #expect(abs(found.metrics.lossSum - expected) < 1e-4 * expected)
  }

  @Test("classes are compared with as 1 at the class and 0 elsewhere")
  func oneHot() throws {
    func outcome(_ data: any SampleSource) throws -> Outcome {
      var experiment = self.experiment(targets: Self.grid.map(\.x), outputs: 3)
      experiment.trainingData = data
      experiment.recipe.epochs = 4
      experiment.recipe.batch.size = 20
      return try Outcome.of(experiment)
    }
    let inputs = Self.inputs
    let labels = (0..<64).map { Int32($0 % 3) }
    let classes = try outcome(InMemorySamples(inputs: inputs, shape: [2], labels: labels, classes: 3))
    func targets(_ labels: [Int32]) -> [Float] {
      labels.flatMap { label -> [Float] in (0..<3).map { Int32($0) == label ? 1 : 0 } }
    }
    let values = try outcome(
      InMemorySamples(inputs: inputs, shape: [2], targets: targets(labels), targetCount: 3))
    #expect(classes.differences(from: values) == [])
    let others = try outcome(
      InMemorySamples(inputs: inputs, shape: [2], targets: targets(labels.map { 2 - $0 }), targetCount: 3))
    #expect(Set(others.differences(from: values)).isSuperset(of: ["digest", "steps"]))
  }

  @Test("the squared loss of a network on images falls")
  func images() throws {
    let outcome = try Outcome.of(.lenet { $0.loss = Loss(.squared) })
    #expect(outcome.epochs.count == 4)
    #expect(outcome.epochs[2].loss < 0.8 * outcome.epochs[0].loss)
  }

  @Test("binary cross entropy is its definition, of classes by one output or one a class, and of values")
  func binary() throws {
    let labels = (0..<64).map { Int32($0 % 7 % 2) }
    let classes = InMemorySamples(inputs: Self.inputs, shape: [2], labels: labels, classes: 2)
    let values = InMemorySamples(
      inputs: Self.inputs, shape: [2], targets: labels.map { Float($0) / 4 + 0.25 }, targetCount: 1)
    for (data, outputs) in [(classes, 1), (classes, 2), (values, 1)] as [(InMemorySamples, Int)] {
      var experiment = self.experiment(targets: Self.grid.map(\.x), outputs: outputs)
      experiment.trainingData = data
      experiment.recipe.loss = Loss(.binaryCrossEntropy)
      let trainer = try Trainer(experiment, on: .quick())
      let state = try trainer.state()
      let (weight, bias) = (try floats("0.weight", state), try floats("0.bias", state))
      var (expected, correct) = (0.0, 0)
      for (sample, point) in Self.grid.enumerated() {
        var logits: [Double] = []
        for output in 0..<outputs {
          logits.append(
            Double(weight[2 * output] * point.x + weight[2 * output + 1] * point.y + bias[output]))
          let target: Double =
            switch data.target {
            case .values: Double(labels[sample]) / 4 + 0.25
            case .classes: outputs == 1 ? Double(labels[sample]) : Int32(output) == labels[sample] ? 1 : 0
            }
          let probability = 1 / (1 + exp(-logits[output]))
          expected -= (target * log(probability) + (1 - target) * log(1 - probability)) / Double(outputs)
        }
        let answer: Int32 = outputs == 1 ? (logits[0] > 0 ? 1 : 0) : logits[1] > logits[0] ? 1 : 0
        correct += answer == labels[sample] ? 1 : 0
      }
      let found = try trainer.evaluate(data)
      #expect(abs(found.metrics.lossSum - expected) < 1e-5 * expected)
      guard case .classes = data.target else {
        #expect(found.metrics.correct == 0 && found.classes == nil)
        let values = try #require(found.values)
        #expect(values.meanSquaredErrors[0] < 0.25)
        continue
      }
      #expect(found.metrics.correct == Double(correct) && found.classes?.classCount == 2)
      #expect(found.accuracy == Double(correct) / 64)
    }
  }

  @Test("balanced weights are scikit-learn's, of the classes that occur")
  func balanced() {
    let labels: [Int32] = [0, 0, 0, 2, 2, 3, 0, 2]
    let data = InMemorySamples(
      inputs: labels.map(Float.init), shape: [1], labels: labels, classes: 5)
    // compute_class_weight("balanced", classes=[0, 2, 3], y=labels)
    let expected = [8.0 / 12, 8.0 / 3, 8.0 / 9, 8.0 / 3, 8.0 / 3]
    #expect(ClassWeights.balanced.resolved(by: data, outputs: 5) == .values(expected))
    #expect(ClassWeights.equal.resolved(by: data, outputs: 5) == .equal)
    #expect(ClassWeights.values([1, 2]).resolved(by: data, outputs: 5) == .values([1, 2]))
  }

  @Test("weights are of training only, and equal ones are none but for rounding")
  func weightsOfTraining() throws {
    let plain = try Outcome.of(.lenet { $0.epochs = 1 })
    let equal = try Outcome.of(
      .lenet {
        $0.epochs = 1
        $0.loss.classWeights = .values([Double](repeating: 3, count: 10))
      })
    for (one, other) in zip(plain.steps + plain.epochs, equal.steps + equal.epochs) {
      #expect(abs(one.loss / other.loss - 1) < 1e-4)
    }
    let weighted = try Trainer(.lenet { $0.loss.classWeights = .balanced }, on: .quick())
    let test = try #require(weighted.experiment.testData)
    #expect(try weighted.evaluate(test) == Trainer(.lenet(), on: .quick()).evaluate(test))
  }

  @Test("classes beyond 255 are classes of their own")
  func manyClasses() throws {
    let labels: [Int32] = [256, 300, 599]
    var experiment = Experiment(
      model: Sequential(Linear(600)),
      trainingData: InMemorySamples(
        inputs: [1, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3], labels: labels, classes: 600))
    experiment.recipe.batch = Batch(size: 3, microshards: 2)
    experiment.recipe.schedule = LearningRateSchedule(baseLearningRate: 10)
    experiment.recipe.epochs = 30
    let trainer = try Trainer(experiment, on: .quick())
    let before = try floats("0.bias", trainer.state())
    _ = try trainer.takeStep()
    let after = try floats("0.bias", trainer.state())
    // What softmax cross entropy raises is what the labels name; 0, 44 and 87 are what a byte would make of them.
    let raised = before.indices.filter { after[$0] > before[$0] }
    #expect(raised == labels.map(Int.init))
    try trainer.run()
    #expect(try trainer.evaluate(experiment.trainingData).accuracy == 1)
  }

  /// An experiment that cannot be trained, and what is said of it.
  struct Mistake: Sendable, CustomTestStringConvertible {
    var message: String
    var experiment: Experiment
    var testDescription: String { message }
  }

  static let mistakes: [Mistake] = {
    let values = InMemorySamples(inputs: [0, 1], shape: [1], targets: [0, 1, 2, 3], targetCount: 2)
    let classes = InMemorySamples(inputs: [0, 1], shape: [1], labels: [0, 2], classes: 3)
    func experiment(
      _ outputs: Int, _ data: any SampleSource, _ loss: Graph.Loss,
      _ change: (inout Experiment) -> Void = { _ in }
    ) -> Experiment {
      var experiment = Experiment(model: Sequential(Linear(outputs)), trainingData: data)
      experiment.recipe.loss = Loss(loss)
      experiment.recipe.batch = Batch(size: 2, microshards: 1)
      experiment.dataName = "points"
      change(&experiment)
      return experiment
    }
    return [
      Mistake(
        message: "loss: cross_entropy needs classes, but points has 2 target values a sample; take squared",
        experiment: experiment(2, values, .softmaxCrossEntropy)),
      Mistake(
        message: "model: has 3 outputs, but points has 2 target values a sample; their numbers must be equal",
        experiment: experiment(3, values, .squared)),
      Mistake(
        message: "model: has 2 outputs, too few for points, which has 3 classes",
        experiment: experiment(2, classes, .softmaxCrossEntropy)),
      Mistake(
        message:
          "model: has 4 outputs, but points has 3 classes; for the squared loss their numbers must be equal",
        experiment: experiment(4, classes, .squared)),
      Mistake(
        message:
          "points: has test samples of 2 but training samples of 1; their shapes must be equal, as data.resize "
          + "makes those of images",
        experiment: experiment(3, classes, .softmaxCrossEntropy) {
          $0.testData = InMemorySamples(inputs: [0, 1], shape: [2], labels: [0], classes: 3)
        }),
      Mistake(
        message: "loss: cross_entropy needs classes, but points has 2 target values a sample; take squared",
        experiment: experiment(3, classes, .softmaxCrossEntropy) { $0.testData = values }),
      Mistake(
        message: "epochs: found 0, expected at least 1",
        experiment: experiment(3, classes, .softmaxCrossEntropy) { $0.recipe.epochs = 0 }),
      Mistake(
        message: "batch.size: found 2, expected at least batch.microshards (3)",
        experiment: experiment(3, classes, .softmaxCrossEntropy) { $0.recipe.batch.microshards = 3 }),
      Mistake(
        message: "batch.microshards: found 5000, expected at most 4096",
        experiment: experiment(3, classes, .softmaxCrossEntropy) {
          $0.recipe.batch = Batch(size: 5000, microshards: 5000)
        }),
      Mistake(
        message: "seed: found -1, expected at least 0",
        experiment: experiment(3, classes, .softmaxCrossEntropy) { $0.recipe.seed = -1 }),
      Mistake(
        message:
          "model: has 4 outputs, but points has 3 classes; for binary_cross_entropy their numbers must be equal, or 1 output "
          + "for 2 classes",
        experiment: experiment(4, classes, .binaryCrossEntropy)),
      Mistake(
        message: "loss: binary_cross_entropy needs targets from 0 to 1, but points has 2.0 in sample 1",
        experiment: experiment(2, values, .binaryCrossEntropy)),
      Mistake(
        message: "model: has 3 outputs, but points has 2 target values a sample; their numbers must be equal",
        experiment: experiment(3, values, .binaryCrossEntropy)),
      Mistake(
        message:
          "loss.class_weights: found 2 weights, but the model has 3 outputs; their numbers must be equal",
        experiment: experiment(3, classes, .softmaxCrossEntropy) {
          $0.recipe.loss.classWeights = .values([1, 2])
        }),
      Mistake(
        message: "loss.class_weights: found -2.0, expected numbers greater than 0",
        experiment: experiment(3, classes, .softmaxCrossEntropy) {
          $0.recipe.loss.classWeights = .values([1, -2, 1])
        }),
      Mistake(
        message: "data.weights: belongs to cross_entropy, but loss.name is squared",
        experiment: experiment(3, classes, .squared) { $0.recipe.loss.classWeights = .balanced }),
      Mistake(
        message: "loss.label_smoothing: found 0.1, expected 0 for the squared loss",
        experiment: experiment(3, classes, .squared) { $0.recipe.loss.labelSmoothing = 0.1 }),
      Mistake(
        message: "loss.label_smoothing: found 1.0, expected at least 0 and less than 1",
        experiment: experiment(3, classes, .softmaxCrossEntropy) { $0.recipe.loss.labelSmoothing = 1 }),
      Mistake(
        message: "layer 0: a linear layer needs a vector, but given 1×1×1: flatten it first",
        experiment: experiment(3, classes, .softmaxCrossEntropy) {
          $0.trainingData = ImageDataset(
            pixels: [0], labels: [0], channels: 1, height: 1, width: 1, classes: 3)
        }),
    ]
  }()

  @Test("what does not fit together is the user's mistake", arguments: mistakes)
  func doesNotFit(mistake: Mistake) throws {
    let ending = try Ending.of { _ = try Trainer(mistake.experiment, on: .quick()) }
    #expect(ending == .mistake(mistake.message))
  }
}
