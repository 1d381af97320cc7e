import Configurations
import Execution
import Records
import Training

/// The sections and keys of a configuration that no bit depends on.
extension Machine {
  private enum EveryKey: String, ConfigurationWord {
    case everySteps = "every_steps"
  }

  private enum WatchdogKey: String, ConfigurationWord {
    case timeoutSeconds = "timeout_seconds"
  }

  /// - Parameter statistics: those of the recipe, for which steps may not be verifiable.
  init(
    _ reader: ConfigurationReader<Configuration.Key>, _ statistics: BatchStatistics
  ) throws(ConfigurationError) {
    self.init()
    threads = try reader.integer(.threads, in: 1...256) ?? threads
    reduction = try ReductionOptions(reader.section(.reduction))
    let log: ConfigurationReader<EveryKey> = try reader.section(.log)
    logEverySteps = try log.integer(.everySteps) ?? logEverySteps
    let check: ConfigurationReader<EveryKey> = try reader.section(.desyncCheck)
    checkEverySteps = try check.integer(.everySteps) ?? checkEverySteps
    checkpoints = try CheckpointPolicy(reader.section(.checkpoint))
    let watchdog: ConfigurationReader<WatchdogKey> = try reader.section(.watchdog)
    watchdogSeconds = try watchdog.number(.timeoutSeconds, .notNegative) ?? watchdogSeconds
    let verify: ConfigurationReader<EveryKey> = try reader.section(.verify)
    verifyEverySteps = try verify.integer(.everySteps)
    guard verifyEverySteps != nil, statistics == .rank else { return }
    throw verify.error(
      .everySteps,
      "no other rank can recompute a microshard with batch_norm.statistics: rank; take global or microshard")
  }

  /// The machine under the keys of a configuration.
  var members: [(key: String, value: JSON)] {
    func every(_ steps: Int) -> JSON { .object([(EveryKey.everySteps.rawValue, .integer(steps))]) }
    return [
      ("checkpoint", checkpoints.json), ("desync_check", every(checkEverySteps)),
      ("log", every(logEverySteps)),
      ("reduction", reduction.json), ("threads", .integer(threads)),
      ("watchdog", .object([(WatchdogKey.timeoutSeconds.rawValue, .number(watchdogSeconds))])),
    ] + (verifyEverySteps.map { [("verify", every($0))] } ?? [])
  }
}

/// The section `reduction`.
extension ReductionOptions {
  fileprivate enum Key: String, ConfigurationWord {
    case overlap
    case bucketBytes = "bucket_bytes"
    case ranksPerHost = "ranks_per_host"
  }

  /// The values of `overlap`: what the reduction knows, and that it may choose.
  fileprivate enum Choice: String, ConfigurationWord {
    case auto, off, calls, thread
  }

  fileprivate init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    let choice: Choice = try reader.word(.overlap) ?? .auto
    self.init(
      bucketByteCount: try reader.integer(.bucketBytes, in: 4...(1 << 31)),
      overlap: Overlap(rawValue: choice.rawValue), ranksPerHost: try reader.integer(.ranksPerHost))
  }

  fileprivate var json: JSON {
    .section([
      Key.bucketBytes: bucketByteCount.map(JSON.integer),
      .overlap: .text(overlap?.rawValue ?? Choice.auto.rawValue),
      .ranksPerHost: ranksPerHost.map(JSON.integer),
    ])
  }
}

/// The section `checkpoint`.
extension CheckpointPolicy {
  fileprivate enum Key: String, ConfigurationWord {
    case keep, best
    case everySteps = "every_steps"
    case everyEpochs = "every_epochs"
    case everyMinutes = "every_minutes"
  }

  /// The word for all that there are, or for never.
  private static let (all, never) = ("all", "never")

  fileprivate init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init()
    everySteps = try reader.integer(.everySteps)
    everyMinutes = try reader.number(.everyMinutes, .positive)
    everyEpochs = try reader.integer(.everyEpochs, or: Self.never, default: everyEpochs)
    keep = try reader.integer(.keep, or: Self.all, default: keep)
    best = try reader.word(.best) ?? best
  }

  fileprivate var json: JSON {
    .section([
      Key.best: .text(best.rawValue), .everyEpochs: everyEpochs.map(JSON.integer) ?? .text(Self.never),
      .everyMinutes: everyMinutes.map(JSON.number), .everySteps: everySteps.map(JSON.integer),
      .keep: keep.map(JSON.integer) ?? .text(Self.all),
    ])
  }
}
