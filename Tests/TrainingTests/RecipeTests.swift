import DataParallel
import Execution
import MPI
import Mistakes
import NeuralNetworks
import Optimizers
import Testing
import Training

extension RanksTests {
  /// What a recipe adds to the update and to the loss: the same bits on any ranks, threads and buckets, interrupted or not.
  @Suite struct RecipeTests {
    /// Changes of a recipe, each of which makes another run.
    static let changes: [String: @Sendable (inout Recipe) -> Void] = [
      "clipped": { $0.clipNorm = 0.4 },
      "clipped, AdamW, frozen, rates": {
        $0.clipNorm = 0.4
        $0.updateRule = AdamW()
        $0.fineTuning.frozen = ["0", "4.weight"]
        $0.fineTuning.rates = [FineTuning.Rate("15", factor: 3)]
      },
      "weighted": { $0.loss.classWeights = .values((0..<10).map { 0.3 + Double($0) }) },
      "balanced, smoothed, clipped": {
        $0.loss = Loss(labelSmoothing: 0.1)
        $0.loss.classWeights = .balanced
        $0.clipNorm = 0.4
      },
      "averaged": { $0.average = WeightAverage(decay: 0.8) },
      "averaged, AdamW, frozen, microshards": {
        $0.average = WeightAverage(decay: 0.3)
        $0.updateRule = AdamW()
        $0.fineTuning.frozen = ["0", "1"]
        $0.statistics = .microshard
      },
      "binary": { $0.loss = Loss(.binaryCrossEntropy) },
    ]

    @Test("ranks, threads and buckets show in no bit", arguments: changes.keys.sorted())
    func ranks(name: String) throws {
      let experiment = Experiment.lenet(try #require(Self.changes[name]))
      let alone = try Outcome.of(experiment)
      #expect(try !Outcome.of(.lenet()).differences(from: alone).isEmpty)
      try MPIEnvironment.withTestWorld { world in
        for (threads, byteCount) in [(1, 1 << 16), (3, 1 << 10)] {
          let machine = Machine.quick(threads: threads) { $0.reduction.bucketByteCount = byteCount }
          let found = try Outcome.of(experiment, on: machine, ranks: MPIRanks(world))
          #expect(found.differences(from: alone) == [])
        }
      }
    }

    @Test("a run that goes on has the bits of no interruption", arguments: changes.keys.sorted())
    func resumed(name: String) throws {
      let experiment = Experiment.lenet(try #require(Self.changes[name]))
      let whole = try Outcome.of(experiment)
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        try withTemporaryDirectory { directory in
          let checkpoints = CheckpointDirectory(path: try ranks.broadcast(directory))
          for steps in [1, 3, 4] {
            let first = try Trainer(experiment, on: .quick(), ranks: ranks, checkpoints: checkpoints)
            try first.run(maxSteps: steps)
            let checkpoint =
              ranks.isCoordinator ? try Checkpoint(contentsOf: checkpoints.modelPath(step: steps)) : nil
            let second = try Trainer(experiment, on: .quick(), ranks: ranks)
            try second.restore(fromCoordinator: checkpoint)
            #expect(try second.run().digest == whole.digest)
            #expect(try second.state() == whole.state)
          }
        }
      }
    }

    @Test("a norm that no gradient reaches changes nothing, and the norm is told")
    func untouched() throws {
      let recorder = Recorder()
      let experiment = Experiment.lenet { $0.clipNorm = 1e6 }
      let trainer = try Trainer(experiment, on: .quick(), observers: [recorder])
      #expect(try trainer.run().digest == Outcome.of(.lenet()).digest)
      let norms = recorder.events.compactMap {
        if case .step(let step) = $0 { step.gradientNorm } else { nil }
      }
      #expect(norms.count == Experiment.lenetSteps && norms.allSatisfy { $0 > 0.01 && $0 < 100 })
    }

    @Test("the norm is that of the gradient by the parameters that are trained", arguments: [false, true])
    func norm(freezes: Bool) throws {
      let experiment = Experiment.lenet {
        $0.clipNorm = 1
        $0.updateRule = SGD()
        $0.schedule = LearningRateSchedule(baseLearningRate: 1e-30)
        if freezes { $0.fineTuning.frozen = ["0", "9"] }
      }
      let trainer = try Trainer(experiment, on: .quick(threads: 2))
      let step = try trainer.takeStep()
      let squares = try trainer.replica.executor.gradients().reduce(0.0) { sum, tensor in
        guard case .floats(let values) = tensor.elements else { return sum }
        return values.reduce(sum) { $0 + Double($1) * Double($1) }
      }
      let norm = try #require(step.gradientNorm)
      #expect(abs(norm / squares.squareRoot() - 1) < 1e-12)
    }

    @Test(
      "numbers out of their range are refused with one line",
      arguments: [
        (0.0, "optimizer.clip_norm: found 0.0, expected a number greater than 0"),
        (-1, "optimizer.clip_norm: found -1.0, expected a number greater than 0"),
        (.nan, "optimizer.clip_norm: found nan, expected a number greater than 0"),
      ])
    func mistakes(norm: Double, message: String) throws {
      let ending = try Ending.of { _ = try Trainer(.lenet { $0.clipNorm = norm }, on: .quick()) }
      #expect(ending == .mistake(message))
    }
  }
}
