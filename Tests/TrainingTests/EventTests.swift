import Execution
import Mistakes
import NeuralNetworks
import Optimizers
import Testing
import Training

/// What a trainer tells its observers, and in which order.
@Suite struct EventTests {
  /// Names the events in one word each, warnings left out: a build for another processor warns of it.
  private func words(_ events: [TrainingEvent]) -> [String] {
    events.compactMap { event in
      switch event {
      case .started: "started"
      case .step(let step): "step \(step.step)"
      case .epoch(let epoch): "epoch \(epoch.epoch)"
      case .evaluated(let evaluation): "evaluated \(evaluation.split)"
      case .checkpointed(let file): "checkpointed \(file.step)"
      case .warned, .working: nil
      case .stopped(let stop): "stopped \(stop.step)"
      case .ended(let end): "ended \(end.step)"
      }
    }
  }

  private func events(
    _ experiment: Experiment = .lenet(), checkpoints: Bool = true, maxSteps: Int? = nil
  ) throws -> [TrainingEvent] {
    let recorder = Recorder()
    try withTemporaryDirectory { directory in
      _ = try Trainer(
        experiment, on: .quick(threads: 2), observers: [recorder],
        checkpoints: checkpoints ? CheckpointDirectory(path: directory) : nil
      ).run(maxSteps: maxSteps)
    }
    return recorder.events
  }

  /// The words of all events but checkpoints, whose files are written while training goes on, and those of checkpoints.
  private func split(_ events: [TrainingEvent]) -> (others: [String], checkpoints: [String]) {
    let all = words(events)
    return (all.filter { !$0.hasPrefix("checkpointed") }, all.filter { $0.hasPrefix("checkpointed") })
  }

  private let firstEpoch = [
    "started", "step 1", "step 2", "step 3", "epoch 1", "evaluated train", "evaluated test",
  ]
  private let secondEpoch = ["step 4", "step 5", "step 6", "epoch 2", "evaluated train", "evaluated test"]

  @Test(
    "steps, the epoch and its evaluations follow each other; checkpoints follow once they lie on the disk")
  func order() throws {
    let whole = try events()
    #expect(split(whole).others == firstEpoch + secondEpoch + ["ended 6"])
    #expect(split(whole).checkpoints == ["checkpointed 3", "checkpointed 6"])
    #expect(words(whole).suffix(2) == ["checkpointed 6", "ended 6"])
    #expect(words(try events(checkpoints: false)) == firstEpoch + secondEpoch + ["ended 6"])
    var withoutTest = Experiment.lenet()
    withoutTest.testData = nil
    #expect(
      words(try events(withoutTest, checkpoints: false))
        == (firstEpoch + secondEpoch).filter { $0 != "evaluated test" } + ["ended 6"])
  }

  @Test("a run that stops early says so, and writes where it stands once")
  func stopped() throws {
    let early = try events(maxSteps: 4)
    #expect(split(early).others == firstEpoch + ["step 4", "stopped 4", "ended 4"])
    #expect(split(early).checkpoints == ["checkpointed 3", "checkpointed 4"])
    #expect(words(try events(maxSteps: 3)) == firstEpoch + ["checkpointed 3", "stopped 3", "ended 3"])
    #expect(words(try events(maxSteps: 0)) == ["started", "checkpointed 0", "stopped 0", "ended 0"])
    #expect(split(try events(maxSteps: 6)).others == split(try events()).others)
    let reasons = try events(maxSteps: 1).compactMap {
      if case .stopped(let stop) = $0 { stop.reason } else { nil }
    }
    #expect(reasons == [.maxSteps])
  }

  @Test("the beginning tells what is trained, and how")
  func start() throws {
    guard case .started(let start) = try #require(try events().first) else {
      Issue.record("a run begins with something else")
      return
    }
    #expect(start.modelName == "LeNet" && start.dataName == "ImageDataset")
    #expect(start.parameterCount == 44_878)
    #expect(start.trainingSamples == 40 && start.testSamples == 20 && start.sampleShape == [1, 28, 28])
    #expect(start.ranks == 1 && start.threads == 2 && start.batch == Batch(size: 16, microshards: 9))
    #expect(start.statistics == .global && start.epochs == 2 && start.stepsPerEpoch == 3)
    #expect(start.position == TrainingPosition() && start.sums == "none")
  }

  @Test("steps, epochs and evaluations tell the places and the metrics of the same samples")
  func metrics() throws {
    let events = try events()
    let steps = events.compactMap { if case .step(let step) = $0 { step } else { nil } }
    #expect(steps.map(\.step) == [1, 2, 3, 4, 5, 6] && steps.map(\.epoch) == [1, 1, 1, 2, 2, 2])
    #expect(steps.map(\.stepOfEpoch) == [1, 2, 3, 1, 2, 3] && steps.allSatisfy { $0.stepsPerEpoch == 3 })
    #expect(steps.map(\.isLastOfEpoch) == [false, false, true, false, false, true])
    #expect(steps.map(\.metrics.samples) == [16, 16, 8, 16, 16, 8])
    let recipe = Experiment.lenet().recipe
    #expect(steps.map(\.learningRate) == (0..<6).map { recipe.learningRate(step: $0, stepsPerEpoch: 3) })
    for step in steps {
      let phases = [step.phases.data, step.phases.forward, step.phases.backward, step.updateSeconds]
      #expect(phases.allSatisfy { $0 >= 0 } && phases.reduce(0, +) <= 1.01 * step.seconds && step.seconds > 0)
    }
    let epochs = events.compactMap { if case .epoch(let epoch) = $0 { epoch } else { nil } }
    let evaluations = events.compactMap {
      if case .evaluated(let evaluation) = $0 { evaluation } else { nil }
    }
    for (index, epoch) in epochs.enumerated() {
      var total = BatchMetrics()
      for step in steps[(3 * index)..<(3 * index + 3)] { total += step.metrics }
      #expect(epoch.training == total && epoch.step == 3 * index + 3)
      let (train, test) = (evaluations[2 * index], evaluations[2 * index + 1])
      #expect(train.metrics == total && train.epoch == index + 1 && train.step == epoch.step)
      #expect(test.metrics == epoch.test && test.metrics.samples == 20 && test.epoch == index + 1)
    }
  }

  @Test("the last step before a stop is the last of its epoch in this run")
  func lastStep() throws {
    let last = try events(maxSteps: 2).compactMap {
      if case .step(let step) = $0 { step.isLastOfEpoch } else { nil }
    }
    #expect(last == [false, true])
  }

  @Test("the end is what run returns, and has the digest of the model on disk")
  func end() throws {
    try withTemporaryDirectory { directory in
      let recorder = Recorder()
      let checkpoints = CheckpointDirectory(path: directory)
      let trainer = try Trainer(.lenet(), on: .quick(), observers: [recorder], checkpoints: checkpoints)
      let returned = try trainer.run()
      guard case .ended(let end)? = recorder.events.last else {
        Issue.record("a run ends with something else")
        return
      }
      #expect(end.step == 6 && end.ranks == 1 && end.seconds > 0 && end.exposedCommunication < 0.5)
      #expect(end.digest == returned.digest && returned.checkpointPath == end.checkpointPath)
      #expect(end.checkpointPath == checkpoints.modelPath(step: 6))
      #expect(try Checkpoint(contentsOf: checkpoints.modelPath(step: 6)).digest == end.digest)
    }
  }

  /// Throws at an event.
  private final class Thrower: TrainingObserver {
    struct Full: Error, Equatable {}
    let error: any Error
    let word: String
    let words: ([TrainingEvent]) -> [String]

    init(_ error: any Error, at word: String, words: @escaping ([TrainingEvent]) -> [String]) {
      (self.error, self.word, self.words) = (error, word, words)
    }

    func observe(_ event: TrainingEvent) throws {
      if words([event]) == [word] { throw error }
    }
  }

  @Test(
    "what an observer throws ends the run at once",
    arguments: ["started", "step 2", "epoch 1", "evaluated test", "stopped 4", "ended 4"])
  func throwing(word: String) throws {
    let (before, after) = (Recorder(), Recorder())
    let thrower = Thrower(Thrower.Full(), at: word, words: words)
    let trainer = try Trainer(.lenet(), on: .quick(), observers: [before, thrower, after])
    #expect(throws: Thrower.Full()) { try trainer.run(maxSteps: 4) }
    #expect(words(before.events).last == word)
    #expect(words(after.events) == words(before.events).dropLast())
  }

  @Test("a user error of an observer is this rank's failure: the other ranks know nothing of it")
  func throwingUserError() throws {
    let thrower = Thrower(UserMistake("disk full"), at: "step 1", words: words)
    let trainer = try Trainer(.lenet(), on: .quick(), observers: [thrower])
    let failure = #expect(throws: LocalFailure.self) { try trainer.run() }
    #expect(failure?.description == "disk full")
  }

  @Test("statistics that depend on the ranks are warned of")
  func warnings() throws {
    func warnings(_ experiment: Experiment) throws -> [String] {
      try events(experiment, checkpoints: false).compactMap { event in
        if case .warned(let text) = event, !text.contains("vector instructions") { text } else { nil }
      }
    }
    #expect(try warnings(.lenet()) == [])
    #expect(
      try warnings(.lenet { $0.statistics = .rank })
        == ["batch_norm.statistics: rank makes the result depend on the number of ranks"])
  }
}
