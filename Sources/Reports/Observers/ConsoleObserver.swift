import Execution
import Foundation
public import Training

/// Tells a training run line by line on a console; warnings on standard error.
///
/// Where a line shows how far the run has come, which ``ProgressObserver`` sees to, it leaves out those that tell the same.
public final class ConsoleObserver: TrainingObserver {
  private let outputPath: String
  private let metricsPath: String
  private let logEverySteps: Int
  private let console: Console
  /// The steps since the last line of progress.
  private var interval = (metrics: BatchMetrics(), seconds: 0.0)
  /// The times of all ranks in the epoch; nil on one rank.
  private var rankSeconds: TrainingEvent.RankSeconds?
  private var hosts: [String] = []

  /// After so many seconds a line of progress is due, however few steps they were.
  private static let longestInterval = 20.0

  /// Makes a console for a run.
  ///
  /// - Parameters:
  ///   - outputPath: the run's directory, for the heading.
  ///   - metricsPath: the file of its events, for the last line.
  ///   - logEverySteps: the steps from one line of progress to the next, ≥ 1.
  ///   - console: where the lines go; by default to the process's streams.
  public init(
    outputPath: String, metricsPath: String, logEverySteps: Int, console: Console = Console(.plain)
  ) {
    self.outputPath = outputPath
    self.metricsPath = metricsPath
    self.logEverySteps = logEverySteps
    self.console = console
  }

  /// Prints what an event tells, if it is worth a line.
  ///
  /// - Throws: what the console throws.
  public func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start):
      hosts = start.hosts
      try heading(of: start).forEach(line)
    case .step(let step): try progress(step)
    case .epoch(let epoch):
      try line(text(of: epoch))
      try straggler.map(line)
      rankSeconds = nil
    case .working, .evaluated, .checkpointed: break
    case .warned(let warning): try console.print("lockstep: warning: \(warning)", to: .errors)
    case .stopped(let stop): try line(text(of: stop))
    case .ended(let end): try ending(of: end).forEach(line)
    }
  }

  private func line(_ text: String) throws { try console.print(text) }

  private static func counted(_ count: Int, _ singular: String) -> String {
    count == 1 ? "1 \(singular)" : "\(count) \(singular)s"
  }

  private func heading(of start: TrainingEvent.Start) -> [String] {
    let shape = start.sampleShape.map(String.init).joined(separator: "×")
    let validation = start.validationSamples > 0 ? ", \(start.validationSamples) validation" : ""
    var lines = [
      "\(start.modelName) on \(start.dataName): \(start.parameterCount) parameters, \(start.trainingSamples) training"
        + "\(validation) and \(start.testSamples) test samples of \(shape)",
      "\(Self.counted(start.ranks, "rank")) × \(Self.counted(start.threads, "thread")), global batch "
        + "\(start.batch.size) in \(Self.counted(start.batch.microshards, "microshard")), batch norm statistics: "
        + start.statistics.rawValue,
    ]
    if start.ranks > 1 { lines.append("all-reduce: \(start.sums)") }
    lines += start.dataRemarks
    lines.append("output directory: \(outputPath)")
    lines += start.fineTuning
    if start.position.step > 0 { lines.append("going on after \(Self.counted(start.position.step, "step"))") }
    return lines
  }

  private func progress(_ step: TrainingEvent.Step) throws {
    interval.metrics += step.metrics
    interval.seconds += step.seconds
    if let seconds = step.rankSeconds {
      if rankSeconds == nil { rankSeconds = seconds } else { rankSeconds? += seconds }
    }
    let isDue = step.stepOfEpoch % logEverySteps == 0 || step.isLastOfEpoch
    guard isDue || interval.seconds >= Self.longestInterval else { return }
    defer { interval = (BatchMetrics(), 0) }
    if case .terminal = console.style { return }
    let (metrics, rate) = (interval.metrics, interval.metrics.samples / interval.seconds)
    try line(
      String(
        format: "epoch %d  step %d/%d  loss %.4f  accuracy %.4f  learning rate %.4g  %.0f images/s",
        step.epoch,
        step.stepOfEpoch, step.stepsPerEpoch, metrics.loss, metrics.accuracy, step.learningRate, rate)
        + (step.rankSeconds.map { "  " + $0.words } ?? ""))
  }

  /// The line that names the rank which all others wait for; nil where they do not wait long.
  private var straggler: String? {
    guard let seconds = rankSeconds, let total = seconds.ranks.first?.total else { return nil }
    let (slowest, quickest) = (seconds.slowest, seconds.quickest)
    let difference = seconds.ranks[slowest].busy - seconds.ranks[quickest].busy
    guard difference >= 0.3, difference >= 0.1 * total else { return nil }
    let host = Set(hosts).count > 1 ? " on \(hosts[slowest])" : ""
    let other = slowest == 0 ? quickest : 0
    let others = seconds.ranks.count == 2 ? "rank \(1 - slowest) waits" : "the others wait"
    return "\(others) for rank \(slowest)\(host): it computes \(seconds.busyText(slowest)) a step, "
      + "rank \(other) \(seconds.busyText(other))"
  }

  private func text(of epoch: TrainingEvent.Epoch) -> String {
    func metrics(_ name: String, _ metrics: BatchMetrics) -> String {
      String(format: "  \(name): loss %.4f accuracy %.4f", metrics.loss, metrics.accuracy)
    }
    func scores(_ name: String, _ tested: BatchMetrics?, _ trained: BatchMetrics?) -> String {
      guard let tested else { return "" }
      guard let trained else { return metrics(name, tested) }
      return metrics("\(name) of the average", tested) + metrics("of the trained weights", trained)
    }
    return "epoch \(epoch.epoch)" + metrics("train", epoch.training)
      + scores("validation", epoch.validation, epoch.validationOfTrained)
      + scores("test", epoch.test, epoch.testOfTrained) + String(format: "  %.1f s", epoch.seconds)
  }

  private func text(of stop: TrainingEvent.Stop) -> String {
    let steps = Self.counted(stop.step, "step")
    let cause =
      switch stop.reason {
      case .maxSteps: "--max-steps"
      case .patience: "stop.patience"
      case .maxMinutes: "--max-minutes"
      case .terminate, .interrupt, .userSignal: stop.reason.rawValue
      case .launcher: "mpirun was told to end"
      }
    if let best = stop.best {
      return String(
        format:
          "stopped early after %@: %@ has not been better than %.4f, after epoch %d, since (stop.patience)",
        steps,
        best.metric.rawValue, best.score, best.epoch)
    }
    guard stop.reason.isRequest else { return "stopped after \(steps) (\(cause))" }
    return "stopped on request (\(cause)) after \(steps); go on with --resume \(outputPath)"
  }

  private func ending(of end: TrainingEvent.End) -> [String] {
    let share = String(format: "%.1f %%", 100 * end.exposedCommunication)
    let files = [metricsPath] + (end.checkpointPath.map { [$0] } ?? [])
    return (end.test.map(ScoreTable.lines) ?? [])
      + (end.ranks > 1 ? ["exposed communication: \(share) of step time"] : [])
      + [
        "digest \(end.digest)",
        "done in \(String(format: "%.1f", end.seconds)) s: \(files.joined(separator: ", "))",
      ]
  }
}

extension TrainingEvent.RankSeconds {
  /// The rank that is busy for the shortest time.
  fileprivate var quickest: Int {
    ranks.indices.min { ranks[$0].busy < ranks[$1].busy } ?? 0
  }

  /// How long a rank computes in a step.
  fileprivate func busyText(_ rank: Int) -> String {
    SecondsText.short(ranks[rank].busy / Double(steps))
  }

  /// The coordinator's time beside that of the slowest rank.
  fileprivate var words: String {
    let own = "computing \(busyText(0)) a step"
    return slowest == 0 ? "\(own) (slowest)" : "\(own) (slowest: rank \(slowest), \(busyText(slowest)))"
  }
}
