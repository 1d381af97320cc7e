import Datasets
import Execution
import Foundation
import NeuralNetworks
import Testing
import Training

/// One event of each kind, with known values.
struct SampleEvents {
  var start: TrainingEvent.Start
  var step: TrainingEvent.Step
  var epoch: TrainingEvent.Epoch
  var evaluation: TrainingEvent.Evaluation
  var file: TrainingEvent.CheckpointFile
  var stop: TrainingEvent.Stop
  var end: TrainingEvent.End
  let warning = "step 3: the loss is nan; the learning rate may be too large"

  /// One event of each kind, in the order of a run.
  var all: [TrainingEvent] {
    [
      .started(start), .warned(warning), .step(step), .epoch(epoch), .evaluated(evaluation),
      .checkpointed(file),
      .stopped(stop), .ended(end),
    ]
  }

  /// Keeps all events.
  private final class Recorder: TrainingObserver {
    var events: [TrainingEvent] = []
    func observe(_ event: TrainingEvent) { events.append(event) }
  }

  /// Takes the events of a small run, and gives them values of a larger one.
  init() throws {
    let points = InMemorySamples(inputs: [0, 1, 2, 3], shape: [1], labels: [0, 1, 0, 1], classes: 2)
    var experiment = Experiment(model: Sequential(Linear(2)), trainingData: points, testData: points)
    experiment.recipe.batch = Batch(size: 4, microshards: 1)
    let recorder = Recorder()
    let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try Trainer(experiment, observers: [recorder], checkpoints: CheckpointDirectory(path: directory.path))
      .run(maxSteps: 1)
    func payload<Payload>(_ payload: (TrainingEvent) -> Payload?) throws -> Payload {
      try #require(recorder.events.lazy.compactMap(payload).first)
    }
    start = try payload { if case .started(let start) = $0 { start } else { nil } }
    step = try payload { if case .step(let step) = $0 { step } else { nil } }
    epoch = try payload { if case .epoch(let epoch) = $0 { epoch } else { nil } }
    evaluation = try payload { if case .evaluated(let evaluation) = $0 { evaluation } else { nil } }
    file = try payload { if case .checkpointed(let file) = $0 { file } else { nil } }
    stop = try payload { if case .stopped(let stop) = $0 { stop } else { nil } }
    end = try payload { if case .ended(let end) = $0 { end } else { nil } }
    setValues()
  }

  private mutating func setValues() {
    (evaluation.scores, end.test) = (nil, nil)
    (start.modelName, start.dataName, start.parameterCount) = ("lenet", "glyphs", 44_878)
    (start.trainingSamples, start.testSamples, start.sampleShape) = (12_000, 2000, [1, 28, 28])
    (start.ranks, start.threads, start.batch) = (2, 3, Batch(size: 256, microshards: 8))
    (start.epochs, start.stepsPerEpoch, start.lastStep) = (2, 47, 94)
    start.hosts = ["node1", "node1"]
    start.sums = "shared memory, overlapped with compute, 1 MiB buckets"
    (step.step, step.epoch, step.stepOfEpoch, step.stepsPerEpoch, step.isLastOfEpoch) = (50, 2, 3, 47, false)
    step.metrics = BatchMetrics(lossSum: 256 * 0.1, correct: 192, samples: 256)
    (step.learningRate, step.seconds, step.updateSeconds) = (0.05, 0.5, 0.0625)
    (step.phases.data, step.phases.forward, step.phases.backward) = (0.125, 0.25, 0.03125)
    step.phases.reduction = 0.015625
    (step.stateHash, step.skipped) = (0xABCD, "the loss is nan")
    (epoch.epoch, epoch.step, epoch.seconds) = (2, 94, 8)
    epoch.training = BatchMetrics(lossSum: 12_000, correct: 9000, samples: 12_000)
    epoch.test = BatchMetrics(lossSum: 500, correct: 1900, samples: 2000)
    (evaluation.split, evaluation.epoch, evaluation.step) = ("test", 2, 94)
    evaluation.metrics = BatchMetrics(lossSum: 500, correct: 1900, samples: 2000)
    (file.step, file.epoch, file.path) = (94, 2, "runs/x/checkpoints/step-00000094.safetensors")
    (file.stateHash, file.waitingSeconds, file.writingSeconds) = (0xEF01, 0.125, 0.25)
    stop.step = 60
    (end.step, end.seconds, end.exposedCommunication, end.digest) = (94, 21.25, 0.0234, "0123abcd")
    (end.checkpointPath, end.ranks) = (file.path, 2)
  }
}
