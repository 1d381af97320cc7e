import Execution
public import Records
public import Training

/// Writes a training run's events to `metrics.jsonl`, one JSON object a line.
///
/// A key has one type in all events, so that readers which want a table (pandas, Polars, Arrow) take the file as it is.
public final class MetricsObserver: TrainingObserver {
  private let file: MetricsFile
  private var chain: MetricsChain

  /// Opens the file, new or emptied.
  ///
  /// - Throws: `ReportError` with the system's reason.
  public init(path: String) throws(ReportError) {
    file = try MetricsFile(creating: path)
    chain = MetricsChain()
  }

  /// Opens the file of a run that goes on: what it holds of later steps, which will be computed again, is left out.
  ///
  /// - Parameters:
  ///   - path: the file; a new one if there is none.
  ///   - position: where the run goes on.
  /// - Throws: `ReportError` with the system's reason.
  public init(path: String, goingOnFrom position: TrainingPosition) throws {
    let history = MetricsHistory(path: path, upTo: position)
    file = try MetricsFile(replacing: path, with: history.text)
    chain = history.chain
  }

  /// Appends an event.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  public func observe(_ event: TrainingEvent) throws {
    guard let (name, known) = Self.members(of: event) else { return }
    var members = known
    if case .step(let step) = event {
      chain.add(
        step: step.step, loss: step.metrics.loss, accuracy: step.metrics.accuracy,
        learningRate: step.learningRate)
      if let hash = step.stateHash {
        members.append(("chain", .text(chain.next(stateHash: MetricsChain.digits(of: hash)))))
      }
    }
    try file.write(event: name, members)
    switch event {
    // A checkpoint is on the disk, and so should be what led to it.
    case .checkpointed, .ended: try file.synchronize()
    default: break
    }
  }

  /// The name and the members of an event, without the name; nil for one that no line tells.
  public static func members(of event: TrainingEvent) -> (
    name: String, members: [(key: String, value: JSON)]
  )? {
    switch event {
    case .working: nil
    case .started(let start) where start.position.step > 0:
      (
        "resume",
        [
          ("step", .integer(start.position.step)), ("ranks", .integer(start.ranks)),
          ("threads", .integer(start.threads)),
        ]
      )
    case .started(let start):
      (
        "run",
        [
          ("model", .text(start.modelName)), ("data", .text(start.dataName)),
          ("ranks", .integer(start.ranks)),
          ("threads", .integer(start.threads)), ("microshards", .integer(start.batch.microshards)),
          ("batch", .integer(start.batch.size)), ("samples", .integer(start.trainingSamples)),
          ("steps_per_epoch", .integer(start.stepsPerEpoch)), ("epochs", .integer(start.epochs)),
          ("parameters", .integer(start.parameterCount)),
        ]
      )
    case .step(let step): ("step", members(of: step))
    case .epoch(let epoch):
      (
        "epoch",
        [
          ("epoch", .integer(epoch.epoch)), ("step", .integer(epoch.step)),
          ("loss", .precise(epoch.training.loss)),
          ("accuracy", .number(epoch.training.accuracy)), ("seconds", .number(epoch.seconds)),
          ("images_per_second", .number(epoch.training.samples / epoch.seconds)),
        ]
      )
    case .evaluated(let evaluation): ("evaluation", members(of: evaluation))
    case .checkpointed(let file):
      (
        "checkpoint",
        [
          ("step", .integer(file.step)), ("epoch", .integer(file.epoch)), ("path", .text(file.path)),
          ("state_hash", .text(MetricsChain.digits(of: file.stateHash))),
          ("waiting_seconds", .number(file.waitingSeconds)),
          ("writing_seconds", .number(file.writingSeconds)),
        ]
      )
    case .warned(let warning): ("warning", [("message", .text(warning))])
    case .stopped(let stop):
      (
        "stop",
        [("step", .integer(stop.step)), ("reason", .text(stop.reason.rawValue))]
          + (stop.best.map {
            [
              ("metric", .text($0.metric.rawValue)), ("best", .precise($0.score)),
              ("best_epoch", .integer($0.epoch)),
            ]
          } ?? [])
      )
    case .ended(let end):
      (
        "end",
        [
          ("step", .integer(end.step)), ("seconds", .number(end.seconds)),
          ("reduction_share", .number(end.exposedCommunication)), ("digest", .text(end.digest)),
          ("checkpoint", end.checkpointPath.map(JSON.text) ?? .null),
        ]
      )
    }
  }

  private static func members(of step: TrainingEvent.Step) -> [(key: String, value: JSON)] {
    var members: [(key: String, value: JSON)] = [
      ("step", .integer(step.step)), ("epoch", .integer(step.epoch)),
      ("loss", .precise(step.metrics.loss)),
      ("accuracy", .number(step.metrics.accuracy)), ("learning_rate", .number(step.learningRate)),
      ("images_per_second", .number(step.metrics.samples / step.seconds)),
      ("seconds", .number(step.seconds)),
      ("phase_seconds", phaseSeconds(of: step)),
    ]
    if let norm = step.gradientNorm { members.append(("gradient_norm", .precise(norm))) }
    if let hash = step.stateHash { members.append(("state_hash", .text(MetricsChain.digits(of: hash)))) }
    if let reason = step.skipped { members.append(("skipped", .text(reason))) }
    if let seconds = step.rankSeconds { members += Self.members(of: seconds) }
    return members
  }

  private static func members(of evaluation: TrainingEvent.Evaluation) -> [(key: String, value: JSON)] {
    var members: [(key: String, value: JSON)] = [
      ("split", .text(evaluation.split)), ("epoch", .integer(evaluation.epoch)),
      ("step", .integer(evaluation.step)),
      ("loss", .precise(evaluation.metrics.loss)), ("accuracy", .number(evaluation.metrics.accuracy)),
      ("samples", .integer(Int(evaluation.metrics.samples))),
    ]
    if let weights = evaluation.weights { members.append(("weights", .text(weights.rawValue))) }
    return members + (evaluation.scores.map(ScoreMembers.members) ?? [])
  }

  private static func members(
    of seconds: TrainingEvent.RankSeconds
  ) -> [(key: String, value: JSON)] {
    func list(_ value: (TrainingEvent.RankSeconds.Rank) -> Double) -> JSON {
      .list(seconds.ranks.map { .number(value($0)) })
    }
    return [
      ("rank_steps", .integer(seconds.steps)),
      (
        "rank_seconds",
        .object([
          ("total", list(\.total)), ("data", list(\.phases.data)), ("forward", list(\.phases.forward)),
          ("backward", list(\.phases.backward)), ("reduction", list(\.phases.reduction)),
          ("update", list(\.update)),
        ])
      ),
    ]
  }

  private static func phaseSeconds(of step: TrainingEvent.Step) -> JSON {
    .object([
      ("data", .number(step.phases.data)), ("forward", .number(step.phases.forward)),
      ("backward", .number(step.phases.backward)), ("reduction", .number(step.phases.reduction)),
      ("update", .number(step.updateSeconds)),
    ])
  }
}
