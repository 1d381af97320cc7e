import Mistakes
import Records
import Safetensors
import Training

/// A run or a checkpoint, as one side of a comparison.
struct Compared {
  /// The path as it was typed.
  let path: String
  /// The run; nil for a checkpoint by itself.
  let run: RunRecord?
  /// The checkpoint; of a run the newest, nil if it has none.
  private(set) var checkpoint: Checkpoint?

  /// Reads what a path stands for.
  ///
  /// - Throws: a `UserError` if it is neither, or damaged.
  init(_ path: String) throws {
    self.path = path
    guard RunRecord.isRun(path) else {
      run = nil
      checkpoint = try Checkpoint(contentsOf: CheckpointPath.resolve(path))
      return
    }
    let run = try RunRecord(path)
    if let disorder = run.log.flaw?.disorder { throw UserMistake(disorder) }
    self.run = run
    checkpoint = try run.checkpoints.steps().last.map { step in
      try Checkpoint(contentsOf: run.checkpoints.modelPath(step: step))
    }
  }

  /// The steps of all checkpoints that can be compared.
  var checkpointSteps: [Int] {
    run?.checkpoints.steps() ?? (checkpointStep.map { [$0] } ?? [])
  }

  /// The steps taken before the checkpoint; nil if it does not tell.
  var checkpointStep: Int? { checkpoint?.model.metadata["lockstep.step"].flatMap { Int($0) } }

  /// Takes a run's checkpoint of another step.
  mutating func take(checkpointOf step: Int) throws {
    guard let run, step != checkpointStep else { return }
    checkpoint = try Checkpoint(contentsOf: run.checkpoints.modelPath(step: step))
  }

  /// The experiment: the keys of the configuration that bits depend on.
  var experiment: JSON {
    guard case .object(let members)? = run?.manifest?["configuration"] else {
      return checkpoint?.record ?? .object([])
    }
    return .object(Self.members(members, ofMachine: false))
  }

  /// What no bit depends on, of a run: the machine's keys, and the ranks.
  var machine: JSON {
    guard let manifest = run?.manifest, case .object(let members)? = manifest["configuration"] else {
      return .object([])
    }
    return .object(
      Self.members(members, ofMachine: true) + [("ranks", manifest["ranks"] ?? .null)])
  }

  /// By split, the fingerprints of the data.
  var fingerprints: JSON {
    run?.manifest?["data_fingerprint"] ?? checkpoint?.recordedFingerprints ?? .object([])
  }

  private static let machineKeys = Set(Machine().members.map(\.key))

  /// The members of a configuration that no bit depends on, or the others; the section `data` has some of both.
  private static func members(
    _ members: [(key: String, value: JSON)], ofMachine: Bool
  ) -> [(key: String, value: JSON)] {
    members.compactMap { key, value in
      guard key == Configuration.Key.data.rawValue, case .object(let data) = value else {
        return machineKeys.contains(key) == ofMachine ? (key, value) : nil
      }
      let part = data.filter { DataSection.machineKeys.contains($0.key) == ofMachine }
      return part.isEmpty ? nil : (key, .object(part))
    }
  }
}
