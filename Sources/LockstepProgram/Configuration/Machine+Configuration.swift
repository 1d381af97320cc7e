import Configurations
import Execution
import Records
import Training

/// The sections and keys of a configuration that no bit depends on.
extension Machine {
  private enum EveryKey: String, ConfigurationWord {
    case everySteps = "every_steps"
  }

  init(_ reader: ConfigurationReader<Configuration.Key>) throws(ConfigurationError) {
    self.init()
    threads = try reader.integer(.threads, in: 1...256) ?? threads
    reduction = try ReductionOptions(reader.section(.reduction))
    let log: ConfigurationReader<EveryKey> = try reader.section(.log)
    logEverySteps = try log.integer(.everySteps) ?? logEverySteps
    let check: ConfigurationReader<EveryKey> = try reader.section(.desyncCheck)
    checkEverySteps = try check.integer(.everySteps) ?? checkEverySteps
    checkpoints = try CheckpointPolicy(reader.section(.checkpoint))
  }

  /// The machine under the keys of a configuration.
  var members: [(key: String, value: JSON)] {
    func every(_ steps: Int) -> JSON { .object([(EveryKey.everySteps.rawValue, .integer(steps))]) }
    return [
      ("checkpoint", checkpoints.json), ("desync_check", every(checkEverySteps)),
      ("log", every(logEverySteps)),
      ("reduction", reduction.json), ("threads", .integer(threads)),
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
    if reader.node(.everyEpochs)?.plainText == Self.never {
      everyEpochs = nil
    } else {
      everyEpochs = try reader.integer(.everyEpochs) ?? everyEpochs
    }
    if reader.node(.keep)?.plainText == Self.all {
      keep = nil
    } else {
      keep = try reader.integer(.keep) ?? keep
    }
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
