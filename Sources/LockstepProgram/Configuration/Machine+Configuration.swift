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

  init(_ reader: ConfigurationReader<Configuration.Key>) throws(ConfigurationError) {
    self.init()
    threads = try reader.integer(.threads, in: 1...256) ?? threads
    reduction = try ReductionOptions(reader.section(.reduction))
    let log: ConfigurationReader<EveryKey> = try reader.section(.log)
    logEverySteps = try log.integer(.everySteps) ?? logEverySteps
    let check: ConfigurationReader<EveryKey> = try reader.section(.desyncCheck)
    checkEverySteps = try check.integer(.everySteps) ?? checkEverySteps
    let watchdog: ConfigurationReader<WatchdogKey> = try reader.section(.watchdog)
    watchdogSeconds = try watchdog.number(.timeoutSeconds, .notNegative) ?? watchdogSeconds
  }

  /// The machine under the keys of a configuration.
  var members: [(key: String, value: JSON)] {
    func every(_ steps: Int) -> JSON { .object([(EveryKey.everySteps.rawValue, .integer(steps))]) }
    return [
      ("desync_check", every(checkEverySteps)), ("log", every(logEverySteps)),
      ("reduction", reduction.json), ("threads", .integer(threads)),
      ("watchdog", .object([(WatchdogKey.timeoutSeconds.rawValue, .number(watchdogSeconds))])),
    ]
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
