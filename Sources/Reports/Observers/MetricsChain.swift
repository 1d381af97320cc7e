import Records
import Safetensors

/// The chain of hashes in `metrics.jsonl`.
///
/// A step that has a `state_hash` has a `chain`, too, which stands for all steps of the run up to it. Whoever changes a digit of one of them would have to change all links after it.
///
/// A link is the first 16 hexadecimal digits of the SHA-256 of the link before (empty at first), the lines `step loss accuracy
/// learning_rate` of all steps since, each ended by a line feed, and the state's hash.
package struct MetricsChain {
  private var link: String
  private var lines = ""

  /// The chain after a link; empty for the beginning of a run.
  package init(link: String = "") {
    self.link = link
  }

  /// Takes note of a step.
  package mutating func add(step: Int, loss: Double, accuracy: Double, learningRate: Double) {
    add(
      step: step, loss: "\(JSON.precise(loss))", accuracy: "\(JSON.number(accuracy))",
      learningRate: "\(JSON.number(learningRate))")
  }

  /// Takes note of a step in the digits of the file.
  package mutating func add(step: Int, loss: String, accuracy: String, learningRate: String) {
    lines += "\(step) \(loss) \(accuracy) \(learningRate)\n"
  }

  /// The next link, after a step whose state has a hash, in the digits of the file.
  package mutating func next(stateHash: String) -> String {
    link = String(SHA256.digest(of: "\(link)\n\(lines)\(stateHash)").prefix(16))
    lines = ""
    return link
  }

  /// A state's hash in the digits of the file: 15 hexadecimal digits.
  package static func digits(of stateHash: UInt64) -> String {
    let digits = String(stateHash, radix: 16)
    return String(repeating: "0", count: max(0, 15 - digits.count)) + digits
  }
}
