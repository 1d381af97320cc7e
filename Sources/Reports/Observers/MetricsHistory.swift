import Foundation
package import Records
import Training

/// What an interrupted run has left in `metrics.jsonl`, up to the step at which it goes on.
struct MetricsHistory {
  /// The lines to keep, each ended by a line feed.
  var text = ""
  /// The chain after the last of them.
  var chain = MetricsChain()

  /// Reads a file; none, or one that cannot be read, has no history.
  ///
  /// What came after the position is left out, for it will be computed again; so are the end of a run that goes on and a last
  /// line that was cut.
  init(path: String, upTo position: TrainingPosition) {
    guard let bytes = FileManager.default.contents(atPath: path) else { return }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let event = try? JSON(parsing: line), keeps(event, position) else { continue }
      text += String(decoding: line, as: UTF8.self) + "\n"
      guard event["event"]?.text == "step" else { continue }
      chain.add(event)
      if let hash = event["state_hash"]?.text {
        // What stands there counts, even if it is wrong: an audit is to find it.
        _ = chain.next(stateHash: hash)
        if let link = event["chain"]?.text { chain = MetricsChain(link: link) }
      }
    }
  }

  private func keeps(_ event: JSON, _ position: TrainingPosition) -> Bool {
    guard let name = event["event"]?.text else { return false }
    guard name != "end" else { return false }
    guard let step = event["step"]?.integer else { return true }
    guard step == position.step, name == "epoch" || name == "evaluation" else { return step <= position.step }
    return event["epoch"]?.integer ?? 0 <= position.epoch
  }
}

extension MetricsChain {
  /// Takes note of a step as it stands in the file.
  package mutating func add(_ step: JSON) {
    add(
      step: step["step"]?.integer ?? -1, loss: step["loss"]?.number ?? .nan,
      accuracy: step["accuracy"]?.number ?? .nan, learningRate: step["learning_rate"]?.number ?? .nan)
  }
}
