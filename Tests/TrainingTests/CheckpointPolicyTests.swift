import Execution
import Foundation
import Optimizers
import Safetensors
import Testing
import Training

/// When checkpoints are written, and which stay.
@Suite struct CheckpointPolicyTests {
  /// Trains ten epochs of one step each, and returns the steps of the checkpoints and what `best` names.
  private func kept(
    _ policy: CheckpointPolicy, in directory: String, epochs: Int = 10, from checkpoint: Checkpoint? = nil
  ) throws -> (steps: [Int], best: String?) {
    var experiment = Experiment.lenet {
      $0.batch = Batch(size: 40, microshards: 4)
      $0.epochs = epochs
      $0.schedule = LearningRateSchedule(baseLearningRate: 0.05)
    }
    experiment.testData = experiment.trainingData
    let checkpoints = CheckpointDirectory(path: directory)
    let trainer = try Trainer(experiment, on: .quick { $0.checkpoints = policy }, checkpoints: checkpoints)
    if let checkpoint { try trainer.restore(checkpoint) }
    try trainer.run()
    let best = try checkpoints.bestPath().map { URL(fileURLWithPath: $0).lastPathComponent }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    let steps = names.filter { $0.hasSuffix(".safetensors") && $0.hasPrefix("step-0") }.compactMap {
      Int($0.dropFirst(5).dropLast(12))
    }.sorted()
    // Slots come and go with their models.
    #expect(names.filter { $0.hasSuffix(".state") }.count == steps.count)
    return (steps, best)
  }

  private func name(_ step: Int) -> String { String(format: "step-%08d.safetensors", step) }

  /// The step of the best test metrics of the ten epochs.
  private func bestStep(_ better: (BatchMetrics, BatchMetrics) -> Bool) throws -> Int {
    let recorder = Recorder()
    var experiment = Experiment.lenet {
      $0.batch = Batch(size: 40, microshards: 4)
      $0.epochs = 10
      $0.schedule = LearningRateSchedule(baseLearningRate: 0.05)
    }
    experiment.testData = experiment.trainingData
    try Trainer(experiment, on: .quick(), observers: [recorder]).run()
    let tests = recorder.events.compactMap { event -> BatchMetrics? in
      if case .epoch(let epoch) = event { epoch.test } else { nil }
    }
    return tests.indices.reduce(0) { better(tests[$1], tests[$0]) ? $1 : $0 } + 1
  }

  @Test("the newest three and the best one stay, by accuracy or by loss; nothing else is touched")
  func keeping() throws {
    let accurate = try bestStep { $0.accuracy > $1.accuracy }
    let low = try bestStep { $0.loss < $1.loss }
    for (policy, best) in [
      (CheckpointPolicy(), accurate), (CheckpointPolicy(best: .testLoss), low),
      (CheckpointPolicy(keep: 1, best: .testAccuracy), accurate),
      (CheckpointPolicy(keep: 2, best: .none), nil),
      (CheckpointPolicy(keep: nil), accurate),
    ] as [(CheckpointPolicy, Int?)] {
      try withTemporaryDirectory { directory in
        let others = ["step-1.safetensors", "step-00000001.safetensors.bak", "mine.safetensors"]
        for other in others {
          try Data("x".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(other)"))
        }
        let found = try kept(policy, in: directory)
        let newest = policy.keep.map { Array((11 - $0)...10) } ?? Array(1...10)
        #expect(found.steps == Set(newest + (best.map { [$0] } ?? [])).sorted(), "\(policy)")
        #expect(found.best == best.map(name), "\(policy)")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(Set(others).isSubset(of: names))
      }
    }
  }

  @Test("a run that goes on knows the best checkpoint of before")
  func bestBefore() throws {
    let accurate = try bestStep { $0.accuracy > $1.accuracy }
    try withTemporaryDirectory { directory in
      let policy = CheckpointPolicy(keep: 1)
      let first = try kept(policy, in: directory, epochs: 9)
      #expect(first.best != nil)
      let checkpoint = try Checkpoint(contentsOf: CheckpointDirectory(path: directory).modelPath(step: 9))
      let second = try kept(policy, in: directory, epochs: 10, from: checkpoint)
      #expect(second.best == name(accurate) && Set(second.steps) == [10, accurate])
    }
  }

  @Test("they are written every so many steps, epochs, or minutes; at the end always")
  func times() throws {
    for (policy, steps) in [
      (CheckpointPolicy(everySteps: 4, everyEpochs: nil, keep: nil), [4, 8, 10]),
      (CheckpointPolicy(everyEpochs: 3, keep: nil), [3, 6, 9, 10]),
      (CheckpointPolicy(everyEpochs: nil, keep: nil), [10]),
      (CheckpointPolicy(everyEpochs: nil, everyMinutes: 1e-9, keep: nil), Array(1...10)),
      (CheckpointPolicy(everyEpochs: nil, everyMinutes: 60, keep: nil), [10]),
    ] {
      try withTemporaryDirectory { directory in
        let found = try kept(policy, in: directory)
        #expect(found.steps == steps, "\(policy)")
      }
    }
  }
}
