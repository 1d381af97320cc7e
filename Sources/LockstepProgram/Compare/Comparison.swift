import Mistakes
import Records
import Safetensors
import Training

/// In what two runs or checkpoints differ.
struct Comparison {
  /// A key with its two values.
  typealias Values = (key: String, own: String, other: String)

  /// The two sides' paths.
  let paths: (String, String)
  /// The keys of the experiment, and the splits of the data, that differ.
  private(set) var experiment: [Values]
  /// The keys of the machine that differ, of which no result should tell.
  private(set) var machine: [Values] = []
  /// The first thing that two logs tell otherwise: at what place, and which values.
  private(set) var step: (place: String, values: Values)?
  /// The steps that each side's log tells of; nil unless both are runs.
  private(set) var stepCounts: (own: Int, other: Int)?
  /// The steps of the checkpoints that were compared; nil if there was none on one side.
  private(set) var checkpointSteps: (own: Int?, other: Int?)?
  /// The tensors of the model and the slots of the update rule.
  private(set) var tensors = TensorFileDifference(nil, nil), slots = TensorFileDifference(nil, nil)

  /// Compares two sides.
  ///
  /// - Throws: a `UserError` if a checkpoint is damaged.
  init(_ own: Compared, _ other: Compared) throws {
    var (own, other) = (own, other)
    paths = (own.path, other.path)
    // Of two runs at different steps what both have left tells more than what each has come to.
    if let common = own.checkpointSteps.last(where: other.checkpointSteps.contains) {
      try own.take(checkpointOf: common)
      try other.take(checkpointOf: common)
    }
    experiment =
      Checkpoint.differences(own.experiment, other.experiment)
      + Checkpoint.differences(own.fingerprints, other.fingerprints).map {
        ("fingerprint of the \($0.key) split", $0.own, $0.other)
      }
    if let ownLog = own.run?.log, let otherLog = other.run?.log {
      machine = Checkpoint.differences(own.machine, other.machine)
      step = Self.difference(ownLog, otherLog)
      stepCounts = (ownLog.steps.count, otherLog.steps.count)
    }
    guard let first = own.checkpoint, let second = other.checkpoint else {
      if stepCounts != nil { return }
      let without = own.checkpoint == nil ? own : other
      throw UserMistake("\(without.path): has no checkpoint that could be compared with the other one")
    }
    checkpointSteps = (own.checkpointStep, other.checkpointStep)
    tensors = TensorFileDifference(first.model, second.model)
    slots = TensorFileDifference(first.slots, second.slots)
  }

  /// Whether nothing differs but, perhaps, the machines.
  var isEqual: Bool {
    experiment.isEmpty && step == nil && (stepCounts.map { $0.own == $0.other } ?? true)
      && (isWithoutCommonCheckpoint || tensors.isEmpty && slots.isEmpty && hasEqualCheckpointSteps)
  }

  /// Whether two runs have left no checkpoint of the same step, so that their logs alone are compared.
  var isWithoutCommonCheckpoint: Bool { stepCounts != nil && !hasEqualCheckpointSteps }

  private var hasEqualCheckpointSteps: Bool { checkpointSteps.map { $0.own == $0.other } ?? true }

  /// The first step, or end of an epoch, that two logs tell otherwise.
  private static func difference(_ own: RunLog, _ other: RunLog) -> (place: String, values: Values)? {
    for (first, second) in zip(own.steps, other.steps) {
      let step = first.step ?? 0
      if let values = difference(first, second) { return (first.place, values) }
      for line in own.epochEnds[step] ?? [] {
        let counterpart = other.epochEnds[step]?.first {
          ($0.event, $0["split"], $0["weights"]) == (line.event, line["split"], line["weights"])
        }
        if let counterpart, let values = difference(line, counterpart) { return (line.place, values) }
      }
    }
    guard let first = own.end, let second = other.end, first.step == second.step,
      first["digest"] != second["digest"]
    else { return nil }
    return ("the end", ("digest", first.word("digest") ?? "left out", second.word("digest") ?? "left out"))
  }

  private static func difference(_ own: LogLine, _ other: LogLine) -> Values? {
    var keys = LogLine.exactKeys[own.event] ?? []
    // How often the state is hashed is the machine's business.
    if own["state_hash"] != nil, other["state_hash"] != nil { keys.append("state_hash") }
    let key = keys.first { own[$0] != other[$0] }
    return key.map { ($0, own[$0] ?? "left out", other[$0] ?? "left out") }
  }
}
