import DataParallel
import Datasets
import Execution
import NeuralNetworks
import Optimizers
import Safetensors
import Training

extension Experiment {
  /// LeNet on glyphs, small: two epochs of three steps, of 16, 16 and 8 samples, the last of which leaves microshards
  /// empty, and an evaluation after each.
  static func lenet(seed: UInt64 = 0, _ change: (inout Recipe) -> Void = { _ in }) -> Experiment {
    var experiment = Experiment(
      model: LeNet(classes: 10),
      trainingData: SyntheticGlyphs.generate(seed: seed, split: .train, count: 40),
      testData: SyntheticGlyphs.generate(seed: seed, split: .test, count: 20))
    experiment.recipe.batch = Batch(size: 16, microshards: 9)
    experiment.recipe.updateRule = SGD(momentum: 0.9, weightDecay: 1e-3)
    experiment.recipe.schedule = LearningRateSchedule(baseLearningRate: 0.05, curve: .cosine(final: 0.001))
    experiment.recipe.epochs = 2
    change(&experiment.recipe)
    return experiment
  }

  /// The steps of all epochs of ``lenet(seed:_:)``.
  static let lenetSteps = 6
}

extension Machine {
  /// A machine that need not measure how fast sums travel.
  static func quick(threads: Int = 1, _ change: (inout Machine) -> Void = { _ in }) -> Machine {
    var machine = Machine()
    machine.threads = threads
    machine.reduction.bucketByteCount = 1 << 16
    change(&machine)
    return machine
  }
}

/// Keeps all events.
final class Recorder: TrainingObserver {
  private(set) var events: [TrainingEvent] = []

  func observe(_ event: TrainingEvent) { events.append(event) }

  /// The metrics of every step, in order.
  var steps: [BatchMetrics] {
    events.compactMap { if case .step(let step) = $0 { step.metrics } else { nil } }
  }

  /// The metrics of every completed epoch, in order: of its steps, and of the test data.
  var epochs: [BatchMetrics] {
    events.flatMap { event -> [BatchMetrics] in
      guard case .epoch(let epoch) = event else { return [] }
      return [epoch.training] + (epoch.test.map { [$0] } ?? [])
    }
  }
}

/// All bits that a run leaves behind.
struct Outcome: Equatable {
  var digest: String
  var steps: [BatchMetrics]
  var epochs: [BatchMetrics]
  var state: TrainingState

  /// Trains an experiment from its beginning to its end.
  static func of(
    _ experiment: Experiment, on machine: Machine = .quick(), ranks: any Ranks = SingleRank()
  ) throws -> Outcome {
    let recorder = Recorder()
    let trainer = try Trainer(experiment, on: machine, ranks: ranks, observers: [recorder])
    let end = try trainer.run()
    return Outcome(
      digest: end.digest, steps: recorder.steps, epochs: recorder.epochs, state: try trainer.state())
  }

  /// What is not the same bits; a failure that printed all numbers could not be read.
  func differences(from other: Outcome) -> [String] {
    let states = zip(
      state.model + state.slots, other.state.model + other.state.slots
    ).filter { $0 != $1 }.map(\.0.name)
    return (digest == other.digest ? [] : ["digest"]) + (steps == other.steps ? [] : ["steps"])
      + (epochs == other.epochs ? [] : ["epochs"])
      + (state.position == other.state.position ? [] : ["position"]) + states
      + (state.slots.count == other.state.slots.count ? [] : ["number of slots"])
  }
}
