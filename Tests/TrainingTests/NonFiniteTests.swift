import DataParallel
import Datasets
import Execution
import Foundation
import MPI
import Mistakes
import NeuralNetworks
import Optimizers
import Testing
import Training

/// Samples of which some are not numbers.
struct PoisonedSamples: SampleSource {
  let base: any SampleSource
  let poisoned: Set<Int>

  var count: Int { base.count }
  var shape: [Int] { base.shape }
  var target: SampleTarget { base.target }
  var fingerprint: UInt64 { base.fingerprint ^ UInt64(poisoned.count) }
  var description: String { "poisoned" }

  func write(_ sample: Int, epoch: Int, into output: inout MutableSpan<Float>) {
    base.write(sample, epoch: epoch, into: &output)
    if poisoned.contains(sample) { output[3] = .nan }
  }

  func label(of sample: Int) -> Int32 { base.label(of: sample) }
}

extension RanksTests {
  /// A number that is not finite ends a run, or its step is left out.
  @Suite struct NonFiniteTests {
    /// LeNet with a poisoned sample in each epoch, in stored order: the 20th lies in the second step.
    private func poisoned(_ change: (inout Recipe) -> Void = { _ in }) -> Experiment {
      var experiment = Experiment.lenet(change)
      experiment.trainingData = PoisonedSamples(base: experiment.trainingData, poisoned: [20])
      experiment.shuffles = false
      return experiment
    }

    /// Trains with a checkpoint after every step, and returns how it ended and the names of what lies on the disk.
    private func run(
      _ experiment: Experiment, _ ranks: MPIRanks
    ) throws -> (ending: Ending, files: [String]) {
      try withTemporaryDirectory { directory in
        let machine = Machine.quick { $0.checkpoints = CheckpointPolicy(everySteps: 1, keep: nil) }
        let trainer = try Trainer(
          experiment, on: machine, ranks: ranks, checkpoints: CheckpointDirectory(path: directory))
        let ending = try Ending.of { try trainer.run() }
        return (ending, try FileManager.default.contentsOfDirectory(atPath: directory).sorted())
      }
    }

    @Test("a sample that is no number ends the run with the step, the input and the last good checkpoint")
    func sample() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        let (ending, files) = try run(poisoned(), ranks)
        guard case .failure(let message) = ending else {
          Issue.record("ended with \(ending)")
          return
        }
        #expect((message != nil) == ranks.isCoordinator)
        guard let message else { return }
        #expect(message.hasPrefix("step 2: "), "\(message)")
        // The fifth microshard of two samples each, of nine.
        #expect(
          message.contains("the first such number is in the input, microshard 2 on rank "), "\(message)")
        #expect(
          message.contains("the last good checkpoint is ") && message.contains("step-00000001.safetensors"))
        #expect(files.filter { $0.hasSuffix(".safetensors") } == ["step-00000001.safetensors"])
      }
    }

    @Test("a learning rate that makes numbers overflow ends the run, with the rate")
    func overflow() throws {
      try MPIEnvironment.withTestWorld { world in
        for rate in [1e30, 3e38] {
          let experiment = Experiment.lenet {
            $0.schedule = LearningRateSchedule(baseLearningRate: rate)
            $0.updateRule = SGD()
          }
          let (ending, files) = try run(experiment, MPIRanks(world))
          guard case .failure(let message) = ending else {
            Issue.record("ended with \(ending)")
            return
          }
          if let message {
            #expect(message.contains(String(format: "the learning rate is %g", rate)), "\(message)")
            #expect(message.contains("not finite") || message.contains("the loss is "), "\(message)")
          }
          // Whatever checkpoint there is, is one of numbers.
          #expect(files.count <= 8)
        }
      }
    }

    @Test("a state that is not finite is never written, although the loss is finite")
    func hidden() throws {
      let trainer = try Trainer(.lenet(), on: .quick())
      var state = try trainer.state()
      let name = try #require(state.model.first { $0.name.hasSuffix("running_var") }).name
      let index = try #require(state.model.firstIndex { $0.name == name })
      guard case .floats(var values) = state.model[index].elements else { return }
      values[0] = .infinity
      state.model[index].elements = .floats(values)
      try trainer.restore(state)
      let ending = try Ending.of { try trainer.run() }
      guard case .failure(let message?) = ending else {
        Issue.record("ended with \(ending)")
        return
      }
      #expect(message.contains("\(name) is not finite"), "\(message)")
    }

    @Test("with skip_step such a step is left out on all ranks alike: no number of the state changes in it")
    func skipped() throws {
      try MPIEnvironment.withTestWorld { world in
        let experiment = poisoned { $0.nonFinite = .skipStep }
        let expected = try Outcome.of(experiment)
        let recorder = Recorder()
        let trainer = try Trainer(experiment, on: .quick(), ranks: MPIRanks(world), observers: [recorder])
        var states: [TrainingState] = []
        for _ in 0..<3 {
          _ = try trainer.takeStep()
          states.append(try trainer.state())
        }
        #expect(states[0].model == states[1].model && states[0].slots == states[1].slots)
        #expect(states[1].model != states[2].model)
        #expect(states[2].position.metrics.samples == 24)
        #expect(
          states[2].model.allSatisfy { tensor in
            if case .floats(let values) = tensor.elements { values.allSatisfy(\.isFinite) } else { true }
          })
        let whole = try Trainer(experiment, on: .quick(), ranks: MPIRanks(world), observers: [recorder])
        #expect(try whole.run().digest == expected.digest)
        let skipped = recorder.events.compactMap { event -> String? in
          if case .step(let step) = event { step.skipped.map { "\(step.step): \($0)" } } else { nil }
        }
        #expect(
          skipped.count == 2 && skipped[0].hasPrefix("2: ") && skipped[1].hasPrefix("5: "), "\(skipped)")
        let warnings = recorder.events.filter {
          if case .warned(let text) = $0 { text.contains("left out") } else { false }
        }
        #expect(warnings.count == 2)
      }
    }
  }
}

/// Batch normalizations of a single value have no variance.
@Suite struct SingleValueTests {
  private func message(_ experiment: Experiment) throws -> String {
    let mistake = #expect(throws: UserMistake.self) { try Trainer(experiment, on: .quick()) }
    return try #require(mistake).description
  }

  private func perceptron(batch: Int, microshards: Int, samples: Int) -> Experiment {
    let points = InMemorySamples(
      inputs: (0..<2 * samples).map(Float.init), shape: [2], labels: (0..<samples).map { Int32($0 % 2) },
      classes: 2)
    var experiment = Experiment(
      model: Sequential(Linear(4), BatchNorm(), Activation.relu, Linear(2)), trainingData: points)
    experiment.recipe.batch = Batch(size: batch, microshards: microshards)
    return experiment
  }

  @Test("a batch, or a last batch, of one sample is refused with the layer")
  func global() throws {
    #expect(
      try message(perceptron(batch: 1, microshards: 1, samples: 4)).hasPrefix(
        "batch.size: layer 1: a batch normalization needs at least 2 values a channel, but a batch of 1 sample gives it 1"
      ))
    #expect(
      try message(perceptron(batch: 4, microshards: 2, samples: 9)).contains(
        "the last batch of an epoch of 1 sample"))
    _ = try Trainer(perceptron(batch: 4, microshards: 2, samples: 10), on: .quick())
  }

  @Test("so are microshards of one sample with statistics of their own; images have more values")
  func microshards() throws {
    var experiment = perceptron(batch: 4, microshards: 4, samples: 8)
    _ = try Trainer(experiment, on: .quick())
    experiment.recipe.statistics = .microshard
    #expect(try message(experiment).hasPrefix("batch_norm.statistics: layer 1: "))
    var images = Experiment(
      model: Sequential(Convolution2D(4, kernel: 3), BatchNorm(), Flatten(), Linear(10)),
      trainingData: SyntheticGlyphs.generate(seed: 0, split: .train, count: 3))
    images.recipe.batch = Batch(size: 1, microshards: 1)
    _ = try Trainer(images, on: .quick())
  }
}
