import DataParallel
import Execution
import MPI
import Mistakes
import NeuralNetworks
import Optimizers
import Testing
import Training

/// An average of the weights is kept beside them, and evaluated in their stead.
@Suite struct WeightAverageTests {
  private static let prefix = Executor.averagePrefix

  private func experiment(_ decay: Double?, _ change: (inout Recipe) -> Void = { _ in }) -> Experiment {
    .lenet {
      $0.average = decay.map { WeightAverage(decay: $0) }
      change(&$0)
    }
  }

  private func floats(_ tensors: [StateTensor]) -> [String: [Float]] {
    Dictionary(
      tensors.compactMap { tensor in
        if case .floats(let values) = tensor.elements { (tensor.name, values) } else { nil }
      }
    ) { $1 }
  }

  @Test("the average is its definition, step by step, of weights and running statistics")
  func definition() throws {
    let trainer = try Trainer(experiment(0.75), on: .quick(threads: 2))
    var expected: [String: [Float]] = floats(try trainer.state().model)
    for step in 0..<3 {
      // At first the average is the initialization.
      let before = try trainer.state()
      for (name, values) in floats(before.slots) where name.hasPrefix(Self.prefix) {
        #expect(expected[String(name.dropFirst(Self.prefix.count))] == values, "\(name) of step \(step)")
      }
      #expect(before.slots.last == StateTensor(name: "n_averaged", shape: [], integers: [Int64(step)]))
      _ = try trainer.takeStep()
      for (name, values) in floats(try trainer.state().model) {
        let old = try #require(expected[name])
        expected[name] = step == 0 ? values : zip(old, values).map { $0 + 0.25 * ($1 - $0) }
      }
    }
  }

  @Test("training does not see it: the weights are those without")
  func unseen() throws {
    let (with, without) = (try Outcome.of(experiment(0.9)), try Outcome.of(experiment(nil)))
    #expect(with.digest == without.digest && with.steps == without.steps)
    #expect(with.epochs[1] != without.epochs[1])
  }

  @Test("a decay of 0 evaluates the trained weights; another one both, and says which")
  func evaluated() throws {
    let (current, without) = (try Outcome.of(experiment(0)), try Outcome.of(experiment(nil)))
    #expect(current.epochs == without.epochs)
    let recorder = Recorder()
    let trainer = try Trainer(experiment(0.9), on: .quick(), observers: [recorder])
    let end = try trainer.run()
    let tests = recorder.events.compactMap { event -> TrainingEvent.Evaluation? in
      if case .evaluated(let evaluation) = event, evaluation.split == "test" { evaluation } else { nil }
    }
    #expect(tests.map(\.weights) == [.average, .trained, .average, .trained])
    #expect(tests[1].metrics == without.epochs[1] && tests[3].metrics == without.epochs[3])
    #expect(tests[2].metrics != tests[3].metrics)
    #expect(end.test?.metrics == tests[2].metrics)
    #expect(try trainer.state().position.test == tests[2].metrics)
    let data = try #require(trainer.experiment.testData)
    #expect(try trainer.evaluate(data).metrics == tests[2].metrics)
    #expect(try trainer.evaluate(data, weights: .trained).metrics == tests[3].metrics)
    // Both were left in their places.
    #expect(try trainer.digest() == without.digest)
  }

  @Test("a model of the averages evaluates as they do")
  func model() throws {
    let trainer = try Trainer(experiment(0.6), on: .quick())
    let data = try #require(trainer.experiment.testData)
    for _ in 0..<3 { _ = try trainer.takeStep() }
    let expected = try trainer.evaluate(data)
    var state = try trainer.state()
    let averages = floats(state.slots)
    for (index, tensor) in state.model.enumerated() {
      if let values = averages[Self.prefix + tensor.name] { state.model[index].elements = .floats(values) }
    }
    let other = try Trainer(experiment(nil), on: .quick())
    state.slots = state.slots.filter { $0.name.hasPrefix("momentum_buffer") }
    try other.restore(state)
    #expect(try other.evaluate(data) == expected)
  }

  @Test("a step that is left out is not averaged")
  func skipped() throws {
    var experiment = self.experiment(0.5) { $0.nonFinite = .skipStep }
    experiment.trainingData = PoisonedSamples(base: experiment.trainingData, poisoned: [20])
    experiment.shuffles = false
    let trainer = try Trainer(experiment, on: .quick())
    _ = try trainer.takeStep()
    let first = try trainer.state().slots
    #expect(try trainer.takeStep().skipped != nil)
    #expect(try trainer.state().slots == first)
    _ = try trainer.takeStep()
    #expect(try trainer.state().slots.last?.elements == .integers([2]))
  }
}
