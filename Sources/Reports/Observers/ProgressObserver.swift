import Execution
public import Training

/// Shows on a terminal how far a training run has come, in one line that changes; elsewhere what takes long.
public final class ProgressObserver: TrainingObserver {
  private let console: Console
  private var line: ProgressLine?
  private var lastStep = 0
  /// The seconds of a step, and of the evaluations after an epoch, by the latest ones.
  private var stepSeconds = RunningMean(weight: 0.05)
  private var evaluationSeconds = RunningMean(weight: 0.5)
  private var evaluationBegan: ContinuousClock.Instant?
  private var (rate, loss, accuracy) = (
    RunningMean(weight: 0.05), RunningMean(weight: 0.05), RunningMean(weight: 0.05)
  )

  /// Makes the display of a run.
  public init(console: Console) {
    self.console = console
  }

  /// Shows what an event tells.
  ///
  /// - Throws: what the console throws.
  public func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start): try begin(start)
    case .working(let work): try begin(work)
    case .step(let step): try show(step)
    case .epoch:
      if let began = evaluationBegan { evaluationSeconds.add(began.duration(to: .now) / .seconds(1)) }
      evaluationBegan = nil
      try console.begin(nil)
    case .evaluated, .warned: break
    case .checkpointed: try console.begin(nil)
    case .stopped, .ended: console.finish()
    }
  }

  private func begin(_ start: TrainingEvent.Start) throws {
    lastStep = start.lastStep
    line = ProgressLine(
      epoch: start.position.epoch + 1, epochs: start.epochs, step: start.position.batch,
      steps: start.stepsPerEpoch)
    if start.position.step < lastStep { try console.begin("computing step \(start.position.step + 1)") }
  }

  private func begin(_ work: TrainingEvent.Work) throws {
    switch work.activity {
    case .evaluating(let split):
      if work.done == 0, evaluationBegan == nil { evaluationBegan = .now }
      try console.begin("evaluating \(split) data", done: work.done, of: work.total)
    case .checkpointing: try console.begin("writing a checkpoint")
    case .ending: try console.begin("ending")
    }
  }

  private func show(_ step: TrainingEvent.Step) throws {
    try console.begin(nil)
    guard var line else { return }
    stepSeconds.add(step.seconds)
    rate.add(step.metrics.samples / step.seconds)
    if step.metrics.loss.isFinite { loss.add(step.metrics.loss) }
    accuracy.add(step.metrics.accuracy)
    (line.epoch, line.step, line.steps) = (step.epoch, step.stepOfEpoch, step.stepsPerEpoch)
    (line.loss, line.accuracy, line.imagesPerSecond) = (loss.value, accuracy.value, rate.value)
    let steps = lastStep - step.step
    let evaluations = lastStep / step.stepsPerEpoch - (step.step - 1) / step.stepsPerEpoch
    line.secondsLeft =
      Double(max(steps, 0)) * stepSeconds.value + Double(max(evaluations, 0)) * evaluationSeconds.value
    if let seconds = step.rankSeconds {
      let slowest = seconds.slowest
      let steps = Double(seconds.steps)
      line.busy = (seconds.ranks[0].busy / steps, slowest, seconds.ranks[slowest].busy / steps)
    }
    self.line = line
    try console.show { [line] in line.text(columns: $0) }
  }
}

/// A mean in which later values weigh more; of the first ones it is the plain mean.
private struct RunningMean {
  var value = 0.0
  private var count = 0.0
  private let weight: Double

  init(weight: Double) { self.weight = weight }

  mutating func add(_ next: Double) {
    count += 1
    value += max(weight, 1 / count) * (next - value)
  }
}
