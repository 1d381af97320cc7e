import DataParallel
import Datasets
import Execution
import Foundation
import MPI
import Mistakes
import Optimizers
import Records
import Testing
import Training

extension RanksTests {
  /// Samples kept for validation, and a run that they stop.
  @Suite struct EarlyStoppingTests {
    /// A run that learns nothing from its second epoch on, so that validation scores soon no longer get better.
    private static func experiment(
      patience: Int? = 2, metric: EarlyStopping.Metric = .validationAccuracy, fraction: Double? = 0.25
    ) throws -> Experiment {
      var experiment = Experiment.lenet {
        $0.epochs = 12
        $0.schedule = LearningRateSchedule(baseLearningRate: 0.05, curve: .step(epochs: [1], factor: 1e-30))
        $0.stopping = patience.map { EarlyStopping(patience: $0, metric: metric) }
      }
      if let fraction { try experiment.keepForValidation(fraction: fraction) }
      return experiment
    }

    private func stop(_ recorder: Recorder) -> TrainingEvent.Stop? {
      recorder.events.lazy.compactMap { if case .stopped(let stop) = $0 { stop } else { nil } }.first
    }

    private func splits(_ recorder: Recorder) -> [String] {
      recorder.events.compactMap {
        if case .evaluated(let evaluation) = $0 { "\(evaluation.epoch) \(evaluation.split)" } else { nil }
      }
    }

    @Test(
      "a run stops after as many epochs without a better score, and says why; test data are scored once, at its end"
    )
    func stops() throws {
      try MPIEnvironment.withTestWorld { world in
        let recorder = Recorder()
        let experiment = try Self.experiment()
        let trainer = try Trainer(experiment, on: .quick(), ranks: MPIRanks(world), observers: [recorder])
        let end = try trainer.run()
        // Thirty samples in batches of sixteen; running statistics go on moving for a while.
        let scores = recorder.events.compactMap { event -> Double? in
          if case .epoch(let epoch) = event { epoch.validation?.accuracy } else { nil }
        }
        var (best, since, expected) = (-1.0, 0, scores.count)
        for (index, score) in scores.enumerated() {
          (best, since) = score > best ? (score, 0) : (best, since + 1)
          if since == 2 { expected = index + 1 }
        }
        #expect(scores.count == expected && expected < 12 && since == 2)
        #expect(end.stopReason == .patience && end.step == 2 * expected)
        #expect(end.stopReason?.isRequest == false && end.test != nil)
        let stop = try #require(self.stop(recorder))
        #expect(stop.reason == .patience && stop.best?.metric == .validationAccuracy)
        #expect(stop.best?.score == best && stop.best?.epoch == expected - 2)
        let epochs = (1...expected).flatMap { ["\($0) train", "\($0) validation"] }
        #expect(splits(recorder) == epochs + ["\(expected) test"])
      }
    }

    @Test(
      "the ranks show in no bit, nor where the run stops",
      arguments: [EarlyStopping.Metric.validationLoss, .testLoss])
    func ranks(metric: EarlyStopping.Metric) throws {
      let experiment = try Self.experiment(metric: metric, fraction: metric == .testLoss ? nil : 0.3)
      let alone = try Outcome.of(experiment)
      try MPIEnvironment.withTestWorld { world in
        let found = try Outcome.of(experiment, ranks: MPIRanks(world))
        #expect(found.differences(from: alone) == [])
      }
    }

    @Test(
      "a run that goes on stops after the same epoch; one that has stopped stays so, unless its patience has grown"
    )
    func resumed() throws {
      let experiment = try Self.experiment()
      let whole = try Outcome.of(experiment)
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        try withTemporaryDirectory { directory in
          let checkpoints = CheckpointDirectory(path: try ranks.broadcast(directory))
          func resume(_ experiment: Experiment, after step: Int) throws -> (Trainer, Recorder) {
            let checkpoint =
              ranks.isCoordinator ? try Checkpoint(contentsOf: checkpoints.modelPath(step: step)) : nil
            let recorder = Recorder()
            let trainer = try Trainer(
              experiment, on: .quick(), ranks: ranks, observers: [recorder], checkpoints: checkpoints)
            try trainer.restore(fromCoordinator: checkpoint)
            return (trainer, recorder)
          }
          for step in [1, 2, 3, 4] {
            let first = try Trainer(experiment, on: .quick(), ranks: ranks, checkpoints: checkpoints)
            try first.run(maxSteps: step)
            let (second, _) = try resume(experiment, after: step)
            #expect(try second.run().stopReason == .patience)
            #expect(try second.state() == whole.state)
          }
          let last = whole.state.position.step
          let (again, recorder) = try resume(experiment, after: last)
          #expect(try again.run().step == last && stop(recorder)?.reason == .patience)
          #expect(try again.state() == whole.state)
          let (longer, _) = try resume(try Self.experiment(patience: 3), after: last)
          #expect(try longer.run().step > last)
        }
      }
    }

    @Test("parts are drawn by the seed, share no sample, and are recorded")
    func parts() throws {
      let base = Experiment.lenet().trainingData
      let (training, validation) = base.split(validationFraction: 0.25, seed: 3)
      #expect(training.count == 30 && validation.count == 10)
      #expect(training.fingerprint != validation.fingerprint)
      func samples(_ source: any SampleSource) -> [[Float]] {
        (0..<source.count).map { sample in
          var values = [Float](repeating: 0, count: source.shape.reduce(1, *))
          values.withUnsafeMutableBufferPointer {
            var span = $0.mutableSpan
            source.write(sample, epoch: 0, into: &span)
          }
          return values
        }
      }
      #expect(Set(samples(training) + samples(validation)) == Set(samples(base)))
      #expect(base.split(validationFraction: 0.25, seed: 3).training.fingerprint == training.fingerprint)
      #expect(base.split(validationFraction: 0.25, seed: 4).training.fingerprint != training.fingerprint)
      #expect(base.split(validationFraction: 0.001, seed: 3).validation.count == 1)
      #expect(base.split(validationFraction: 0.999, seed: 3).training.count == 1)
      #expect(try Self.experiment().record().description.contains("\"validation\": {"))
    }

    @Test("validation samples are not augmented, training samples as without validation")
    func augmentation() throws {
      let plain = SyntheticGlyphs.generate(seed: 0, split: .train, count: 40)
      let augmented = plain.augmented(by: Augmentation(cropPadding: 4, flips: true), seed: 0)
      let (training, validation) = augmented.split(validationFraction: 0.5, seed: 0)
      #expect(validation.fingerprint == plain.split(validationFraction: 0.5, seed: 0).validation.fingerprint)
      func values(_ source: any SampleSource, epoch: Int) -> [Float] {
        var values = [Float](repeating: 0, count: source.shape.reduce(1, *))
        values.withUnsafeMutableBufferPointer {
          var span = $0.mutableSpan
          source.write(3, epoch: epoch, into: &span)
        }
        return values
      }
      #expect(values(validation, epoch: 0) == values(validation, epoch: 5))
      #expect((1..<6).contains { values(training, epoch: $0) != values(training, epoch: 0) })
    }

    @Test("the best checkpoint is that of the validation data")
    func best() throws {
      try withTemporaryDirectory { directory in
        let checkpoints = CheckpointDirectory(path: directory)
        let machine = Machine.quick {
          $0.checkpoints = CheckpointPolicy(keep: nil, best: .validationLoss)
        }
        let recorder = Recorder()
        let trainer = try Trainer(
          try Self.experiment(patience: nil), on: machine, observers: [recorder], checkpoints: checkpoints)
        try trainer.run(maxSteps: 8)
        let losses = recorder.events.compactMap { event -> Double? in
          if case .epoch(let epoch) = event { epoch.validation?.loss } else { nil }
        }
        let least = try #require(losses.min())
        let step = 2 * (try #require(losses.firstIndex(of: least)) + 1)
        #expect(try checkpoints.bestPath() == checkpoints.modelPath(step: step))
      }
    }

    @Test(
      "what cannot decide is refused",
      arguments: [
        (
          EarlyStopping.Metric.validationLoss, nil,
          "stop.metric: found validation_loss, but there are no validation data"
        ),
        (
          .testLoss, 0.5,
          "stop.metric: found test_loss, but with validation data the test data are scored at the end only"
        ),
      ] as [(EarlyStopping.Metric, Double?, String)])
    func mistakes(metric: EarlyStopping.Metric, fraction: Double?, message: String) throws {
      let ending = try Ending.of {
        _ = try Trainer(try Self.experiment(metric: metric, fraction: fraction), on: .quick())
      }
      #expect(ending == .mistake(message))
      let impatient = try Ending.of { _ = try Trainer(try Self.experiment(patience: 0), on: .quick()) }
      #expect(impatient == .mistake("stop.patience: found 0, expected at least 1"))
    }
  }
}
