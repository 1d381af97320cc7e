import Execution
import Mistakes
import Records
import Reports
import Safetensors
import Training

/// What is recomputed beside what a run has left, on the coordinator.
final class AuditComparison: TrainingObserver {
  /// The first thing that differs; nil if nothing does.
  private(set) var difference: String?
  private let run: RunRecord
  private let range: ClosedRange<Int>
  private let checkpointSteps: Set<Int>
  private var (losses, states, checkpoints) = (0, 0, 0)

  /// Prepares to compare with a run.
  ///
  /// - Parameters:
  ///   - range: the steps to count; others are compared, too.
  ///   - skippedCheckpoints: the steps of damaged checkpoints that were named already.
  init(_ run: RunRecord, _ range: ClosedRange<Int>, skippedCheckpoints: Set<Int>) {
    (self.run, self.range) = (run, range)
    checkpointSteps = Set(run.checkpoints.steps()).subtracting(skippedCheckpoints)
  }

  /// What is reproduced, in one line.
  var summary: String {
    let found = [
      counted(losses, "loss", "losses"), counted(states, "state"), counted(checkpoints, "checkpoint"),
    ]
    return
      "steps \(range.lowerBound)–\(range.upperBound) reproduced: \(found.joined(separator: ", ")) are the same"
  }

  /// Whether the log tells of the epoch that ends with a step; notes a difference if it must, but does not.
  func tellsEndOfEpoch(_ step: Int) -> Bool {
    if run.log.epochEnds[step] != nil { return true }
    let isDue = run.log.mustTellEndOfEpoch(after: step)
    if isDue { note("step \(step): the log does not tell of the end of the epoch") }
    return isDue
  }

  /// Compares a step, or the end of an epoch, with the lines of the log.
  func observe(_ event: TrainingEvent) {
    guard let (name, members) = MetricsObserver.members(of: event), let keys = LogLine.exactKeys[name]
    else { return }
    let values = Dictionary(members.map { ($0.key, $0.value.description) }) { $1 }
    let step = values["step"].flatMap { Int($0) } ?? 0
    let lines = name == "step" ? [run.log.steps[step - 1]] : run.log.epochEnds[step] ?? []
    guard
      let line = lines.first(where: {
        $0.event == name && $0["split"] == values["split"] && $0["weights"] == values["weights"]
      })
    else {
      if run.log.mustTellEndOfEpoch(after: step) {
        note("step \(step): the log has no \(name) \(values["split"] ?? "") at the end of the epoch")
      }
      return
    }
    for key in keys where line[key] != values[key] {
      note(
        "\(line.place): the log says \(key) \(line[key] ?? "nothing"), recomputed \(values[key] ?? "nothing")"
      )
    }
    guard case .step(let taken) = event else { return }
    if !taken.isLastOfEpoch, run.log.epochEnds[step] != nil {
      note("step \(step): the log tells of the end of an epoch, which it is not")
    }
    if range.lowerBound < step { losses += 1 }
  }

  /// Compares the hash of a state with those of the log; `hash` is asked only where there is one.
  func compareState(step: Int, called found: String = "recomputed", _ hash: () -> UInt64) {
    let line = step > 0 ? run.log.steps[step - 1].word("state_hash") : nil
    let logged = [("", line), ("of the checkpoint ", run.log.checkpointHashes[step])].filter { $1 != nil }
    guard !logged.isEmpty else { return }
    let own = MetricsChain.digits(of: hash())
    for case (let place, let told?) in logged where told != own {
      note("step \(step): the log says state_hash \(place)\(told), \(found) \(own)")
    }
    if range.lowerBound < step { states += 1 }
  }

  /// Compares the checkpoint of the trainer's step, if there is one, with the trainer's state.
  ///
  /// - Parameter before: the position before the epoch was completed, where it was: a run that is stopped there leaves it.
  func compareCheckpoint(_ trainer: Trainer, before: TrainingPosition) throws {
    let step = trainer.position.step
    guard checkpointSteps.contains(step), difference == nil else { return }
    let path = run.checkpoints.modelPath(step: step)
    do {
      let checkpoint = try Checkpoint(contentsOf: path)
      let told = try checkpoint.state().position
      if let problem = checkpoint.differenceOfExperiment(from: trainer) { note("step \(step): \(problem)") }
      let state = try trainer.state()
      for (own, recomputed) in [(checkpoint.model, state.model), (checkpoint.slots, state.slots)] {
        compare(own, TensorFile(tensors: recomputed.map { ($0.name, Tensor($0)) }), step: step, path: path)
      }
      if told != before, told != trainer.position {
        note("step \(step): \(path): its position or the sums of its epoch are not the recomputed ones")
      }
      checkpoints += 1
    } catch let error as any UserError {
      note("step \(step): \(error)")
    }
  }

  /// Compares the digest of the model with that of the run's end, if that is the end.
  func compareEnd(_ trainer: Trainer) throws {
    guard let end = run.log.end, end.step == trainer.position.step else { return }
    let digest = try trainer.digest()
    if end.word("digest") != digest {
      note(
        "step \(trainer.position.step): the log says digest \(end.word("digest") ?? "nothing"), recomputed \(digest)"
      )
    }
  }

  private func compare(_ own: TensorFile?, _ recomputed: TensorFile, step: Int, path: String) {
    let found = TensorFileDifference(own, recomputed)
    if let first = found.first {
      note("step \(step): \(path): tensor \(first.name) is not the recomputed one: \(first.text)")
    } else if let name = found.onlyOwn.first {
      note("step \(step): \(path): tensor \(name) is none of the run")
    } else if let name = found.onlyOther.first {
      note("step \(step): \(path): has no tensor \(name)")
    }
  }

  private func note(_ difference: String) { self.difference = self.difference ?? difference }
}
