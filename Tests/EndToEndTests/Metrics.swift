import Foundation
import Testing

/// The lines of a run's `metrics.jsonl`, or of another file of events.
struct Metrics {
  /// One line.
  struct Event {
    /// The line as it stands in the file.
    let text: String
    private let members: [String: Any]

    init(_ text: String) throws {
      self.text = text
      members = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// The names of the members, sorted.
    var names: [String] { members.keys.sorted() }

    /// What kind of event it is.
    var name: String { string("event") ?? "" }

    func string(_ name: String) -> String? { members[name] as? String }
    /// A number, from its digits: Foundation's JSON loses the last bits.
    func number(_ name: String) -> Double? { digits(name).flatMap { Double($0) } }
    func integer(_ name: String) -> Int? { number(name).flatMap { Int(exactly: $0) } }
    func object(_ name: String) -> [String: Double]? { members[name] as? [String: Double] }

    /// The digits of the loss as they stand in the file: two that differ are two numbers.
    var lossText: String { digits("loss").map { String($0) } ?? "none" }

    /// A list of numbers, from their digits.
    func vector(_ name: String) -> [Double]? {
      text.ranges(of: "\"\(name)\": [").first.map { range in
        text[range.upperBound...].prefix { $0 != "]" }.split(separator: ", ").compactMap { Double($0) }
      }
    }

    private func digits(_ name: String) -> Substring? {
      text.ranges(of: "\"\(name)\": ").first.map { text[$0.upperBound...].prefix { !",}".contains($0) } }
    }
  }

  let events: [Event]

  /// Reads the metrics of a run from its output directory.
  init(of output: URL, file: String = "metrics.jsonl") throws {
    let text = try String(contentsOf: output.appending(path: file), encoding: .utf8)
    try #require(text.hasSuffix("\n"))
    // Whether ranks share cores depends on the machine.
    events = try text.split(separator: "\n").filter { !isCrowdingWarning(String($0)) }
      .map { try Event(String($0)) }
  }

  func events(_ name: String) -> [Event] { events.filter { $0.name == name } }
}

/// What must be the same, however many ranks, threads and buckets there are: every digit of every loss and accuracy,
/// and every bit of the final state.
struct Bits: Equatable {
  let losses: [String]
  let evaluations: [String]
  let digest: String

  /// Whether the loss of the second epoch is below that of the first.
  var learns: Bool {
    get throws {
      let epochs = try losses.suffix(SmallRun.epochs).map { try #require(Double($0)) }
      return epochs[1] < epochs[0]
    }
  }

  /// Takes the bits of a run from its output directory.
  init(of output: URL) throws {
    let metrics = try Metrics(of: output)
    losses = (metrics.events("step") + metrics.events("epoch")).map(\.lossText)
    evaluations = metrics.events("evaluation").map(\.text)
    digest = try #require(metrics.events.last?.string("digest"))
  }

  /// Trains the small run with further arguments.
  init(ranks: Int?, _ arguments: [String] = []) throws {
    self = try withTemporaryDirectory { directory in
      let output = directory.appending(path: "run")
      let ending = try Program.run(
        ranks: ranks, ["train"] + SmallRun.arguments + ["--output", output.path] + arguments)
      try #require(ending.status == 0, "\(ending.errors)")
      return try Bits(of: output)
    }
  }
}
