public import Execution
import Foundation
import Records
public import Training

/// Writes a training run for TensorBoard: numbers of each step and evaluation, distributions of weights and gradients, the
/// times of layers, the confusion matrix as an image.
///
/// Its files lie beside `metrics.jsonl`, in a directory of their own, where `tensorboard --logdir` finds them while the run goes on.
public final class TensorBoardObserver: TrainingObserver {
  private let file: EventFile
  private let options: TensorBoardOptions
  private let executor: Executor?
  private let now: () -> Double
  private var stepsPerEpoch = 0
  private var measuresLayers = false

  /// Begins a file in a directory, which is made if it is not there.
  ///
  /// - Parameters:
  ///   - directory: where the files are to lie; what an earlier run has left there is removed.
  ///   - position: where a run goes on, whose files then stay up to this step; nil from the beginning.
  ///   - options: how often something is told.
  ///   - executor: whose parameters, gradients and kernels are looked at between steps; nil for none.
  ///   - now: the clock, in seconds since 1970; nil for that of the system.
  /// - Throws: `ReportError` with the system's reason.
  public init(
    directory: String, goingOnFrom position: TrainingPosition? = nil, options: TensorBoardOptions = .init(),
    executor: Executor? = nil, now: (() -> Double)? = nil
  ) throws {
    let now = now ?? { Date().timeIntervalSince1970 }
    (self.options, self.executor, self.now) = (options, executor, now)
    file = try EventFile(
      in: directory, after: position?.step, isEpochDone: position?.batch == 0, wallTime: now())
  }

  /// Appends what an event tells.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  public func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start):
      stepsPerEpoch = start.stepsPerEpoch
      measureLayers(in: start.position.step + 1)
    case .step(let step): try tell(step)
    case .evaluated(let evaluation): try tell(evaluation)
    case .checkpointed, .ended: try file.synchronize()
    // What was evaluated since must not count for the step to come.
    case .epoch(let epoch): measureLayers(in: epoch.step + 1)
    case .working, .warned, .stopped: break
    }
  }

  private func tell(_ step: TrainingEvent.Step) throws {
    var event = Event(step: step.step, wallTime: now())
    if step.step.isMultiple(of: options.everySteps ?? 1) || step.isLastOfEpoch {
      addNumbers(of: step, to: &event)
    }
    if hasHistograms(step.step), let executor {
      for tensor in try executor.state() { event.add("weights/\(tensor.name)", tensor) }
      if step.skipped == nil {
        for tensor in try executor.gradients() { event.add("gradients/\(tensor.name)", tensor) }
      }
      for (layer, seconds) in layerSeconds() {
        // The input's first layer, say, has no backward pass.
        if seconds.forward > 0 { event.add("layer_forward_seconds/\(layer)", seconds.forward) }
        if seconds.backward > 0 { event.add("layer_backward_seconds/\(layer)", seconds.backward) }
      }
    }
    // All of a step is one record: a run that goes on after it takes it whole.
    try file.write(event)
    measureLayers(in: step.step + 1)
  }

  private func addNumbers(of step: TrainingEvent.Step, to event: inout Event) {
    event.add("loss/train", step.metrics.loss)
    event.add("accuracy/train", step.metrics.accuracy)
    event.add("learning_rate", step.learningRate)
    if let norm = step.gradientNorm { event.add("gradient_norm", norm) }
    event.add("images_per_second", step.metrics.samples / step.seconds)
    for (name, seconds) in [
      ("step", step.seconds), ("data", step.phases.data), ("forward", step.phases.forward),
      ("backward", step.phases.backward), ("reduction", step.phases.reduction),
      ("update", step.updateSeconds),
    ] {
      event.add("seconds/\(name)", seconds)
    }
    guard let times = step.rankSeconds else { return }
    for (rank, seconds) in times.ranks.enumerated() {
      event.add("computing_seconds/rank_\(rank)", seconds.busy / Double(times.steps))
    }
  }

  private func tell(_ evaluation: TrainingEvent.Evaluation) throws {
    let split =
      switch (evaluation.split, evaluation.weights) {
      case ("train", _): "train_epoch"
      case (let split, .trained): "\(split)_trained_weights"
      case (let split, _): split
      }
    var event = Event(step: evaluation.step, wallTime: now())
    event.add("loss/\(split)", evaluation.metrics.loss)
    event.add("accuracy/\(split)", evaluation.metrics.accuracy)
    let members = evaluation.scores.map { ScoreMembers.members(of: $0) } ?? []
    for (key, value) in members {
      if let number = value.number { event.add("\(key)/\(split)", number) }
    }
    if let classes = evaluation.scores?.classes, classes.classCount <= ScoreMembers.mostClassesOfMatrix {
      let image = try ConfusionImage.png(classes.confusion)
      event.add("confusion/\(split)", png: image.bytes, width: image.side, height: image.side)
    }
    try file.write(event)
  }

  // MARK: - The inside of the model

  private func hasHistograms(_ step: Int) -> Bool {
    switch options.histograms {
    case .never: false
    case .epoch: stepsPerEpoch > 0 && step.isMultiple(of: stepsPerEpoch)
    case .steps(let steps): step.isMultiple(of: steps)
    }
  }

  /// Lets kernels be measured in the steps whose layers are told, in these alone.
  private func measureLayers(in step: Int) {
    let measures = hasHistograms(step)
    // Each time from zero.
    if measures || measuresLayers { executor?.measuresKernels(measures) }
    measuresLayers = measures
  }

  /// By layer, what its kernels took in the step, added up over the threads.
  private func layerSeconds() -> [(layer: String, seconds: (forward: Double, backward: Double))] {
    var layers: [(layer: String, seconds: (forward: Double, backward: Double))] = []
    for kernel in executor?.kernelProfiles() ?? [] {
      if layers.last?.layer != kernel.path { layers.append((kernel.path, (0, 0))) }
      if kernel.phase.hasPrefix("backward") {
        layers[layers.count - 1].seconds.backward += kernel.seconds
      } else {
        layers[layers.count - 1].seconds.forward += kernel.seconds
      }
    }
    return layers
  }
}

extension Event {
  /// Adds the distribution of a tensor; a count has none.
  fileprivate mutating func add(_ tag: String, _ tensor: StateTensor) {
    if case .floats(let floats) = tensor.elements { add(tag, Histogram(floats)) }
  }
}
