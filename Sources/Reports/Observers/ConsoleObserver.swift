import Execution
import Foundation
import Mistakes
public import Training

/// Tells a training run line by line on standard output; warnings on standard error.
public final class ConsoleObserver: TrainingObserver {
  private let outputPath: String
  private let metricsPath: String
  private let logEverySteps: Int
  private let write: (Stream, String) throws -> Void
  /// The steps since the last line of progress.
  private var interval = (metrics: BatchMetrics(), seconds: 0.0)

  /// Where a line goes.
  public enum Stream {
    case output, errors
  }

  /// Makes a console for a run.
  ///
  /// - Parameters:
  ///   - outputPath: the run's directory, for the heading.
  ///   - metricsPath: the file of its events, for the last line.
  ///   - logEverySteps: the steps from one line of progress to the next, ≥ 1.
  ///   - write: takes each line; by default they go to the process's streams.
  public init(
    outputPath: String, metricsPath: String, logEverySteps: Int,
    write: @escaping (Stream, String) throws -> Void = ConsoleObserver.print
  ) {
    self.outputPath = outputPath
    self.metricsPath = metricsPath
    self.logEverySteps = logEverySteps
    self.write = write
  }

  /// Prints a line in one piece, handed on at once: pipes and mpirun would hold it back otherwise.
  ///
  /// - Throws: an error with the system's reason if standard output is full or closed. A warning that cannot be printed is
  ///   no reason to end a run.
  public static func print(_ stream: Stream, _ line: String) throws {
    switch stream {
    case .output: try StandardStream.output.write(line)
    case .errors: try? StandardStream.errors.write(line)
    }
  }

  /// Prints what an event tells, if it is worth a line.
  ///
  /// - Throws: what `write` throws.
  public func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start): try heading(of: start).forEach(line)
    case .step(let step): try progress(step)
    case .epoch(let epoch): try line(text(of: epoch))
    case .evaluated, .checkpointed: break
    case .warned(let warning): try write(.errors, "lockstep: warning: \(warning)")
    case .stopped(let stop): try line(text(of: stop))
    case .ended(let end): try ending(of: end).forEach(line)
    }
  }

  private func line(_ text: String) throws { try write(.output, text) }

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
    guard step.stepOfEpoch % logEverySteps == 0 || step.isLastOfEpoch else { return }
    let (metrics, rate) = (interval.metrics, interval.metrics.samples / interval.seconds)
    try line(
      String(
        format: "epoch %d  step %d/%d  loss %.4f  accuracy %.4f  learning rate %.4g  %.0f images/s",
        step.epoch,
        step.stepOfEpoch, step.stepsPerEpoch, metrics.loss, metrics.accuracy, step.learningRate, rate))
    interval = (BatchMetrics(), 0)
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
