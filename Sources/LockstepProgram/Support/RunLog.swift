import Foundation
import Mistakes
import Records
import Reports
import Training

/// The `metrics.jsonl` of a training, as an account of what was computed.
struct RunLog {
  /// What is wrong with a log by itself.
  enum Flaw {
    /// The lines do not follow each other as those of a run.
    case order(String)
    /// A link of the chain does not fit the steps since the link before.
    case chain(steps: ClosedRange<Int>, found: String, expected: String)

    /// What is wrong with the lines' order, in one line; nil if that is not the flaw.
    var disorder: String? { if case .order(let problem) = self { problem } else { nil } }

    /// In what a link is wrong that stands for steps which are right; nil if that is not the flaw.
    var changedLink: String? {
      guard case .chain(let steps, let found, let expected) = self else { return nil }
      return "step \(steps.upperBound): the log says chain \(found), but the steps up to it give \(expected)"
    }
  }

  /// The file.
  let path: String
  /// The lines of the steps: the first one is of step 1.
  private(set) var steps: [LogLine] = []
  /// By step, the lines of the epoch that ends with it and of its evaluations.
  private(set) var epochEnds: [Int: [LogLine]] = [:]
  /// By step, the hashes of the state that checkpoints were written with.
  private(set) var checkpointHashes: [Int: String] = [:]
  /// The end of the run; nil if it has not come to an end.
  private(set) var end: LogLine?
  /// Whether the last line was cut, as by a crash; it is left out.
  private(set) var isCut = false
  /// The first thing that is wrong; the lines behind it were not read where it is one of order.
  private(set) var flaw: Flaw?

  private var chain = MetricsChain()
  private var linkedSteps = 0
  private var lastStop: LogLine?
  private var lastResume: Int?

  /// Reads a log.
  ///
  /// - Throws: `UserMistake` if there is none.
  init(path: String) throws(UserMistake) {
    self.path = path
    guard let bytes = FileManager.default.contents(atPath: path).map({ [UInt8]($0) }) else {
      throw UserMistake("\(path): cannot be read; expected the log of a training")
    }
    isCut = bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    for (index, text) in lines.enumerated() {
      do throws(Disorder) { try take(text, number: index + 1) } catch {
        flaw = flaw ?? .order("\(path):\(index + 1): \(error.description)")
        return
      }
    }
    if steps.isEmpty, lines.isEmpty { flaw = .order("\(path): is empty") }
  }

  /// Whether the lines of the end of an epoch must be there: not where the run was stopped on request or interrupted before.
  func mustTellEndOfEpoch(after step: Int) -> Bool {
    guard step == steps.count, lastResume != step else { return true }
    let isRequest = lastStop?.word("reason").flatMap(StopReason.init(rawValue:))?.isRequest ?? false
    return end != nil && !(lastStop?.step == step && isRequest)
  }

  /// What is wrong with a line.
  private struct Disorder: Error {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private mutating func take(_ text: ArraySlice<UInt8>, number: Int) throws(Disorder) {
    let read: LogLine?
    do { read = try LogLine(text, number: number) } catch { throw Disorder(error.description) }
    guard let line = read else { throw Disorder("is no event") }
    if end != nil { throw Disorder("follows the end of the run") }
    let last = steps.count
    switch line.event {
    case "run":
      if number > 1 { throw Disorder("a second run begins in the same log") }
    case "resume":
      guard line.step == last else {
        throw Disorder(
          "the run goes on after step \(line["step"] ?? "?"), but the last step before is \(last)")
      }
      lastResume = last
    case "step": try takeStep(line)
    case "epoch", "evaluation":
      guard line.step == last else {
        throw Disorder("\(line.event) of step \(line["step"] ?? "?") stands after step \(last)")
      }
      let isRepeated = epochEnds[last, default: []].contains {
        ($0.event, $0["split"], $0["weights"]) == (line.event, line["split"], line["weights"])
      }
      if isRepeated { throw Disorder("\(line.event) of step \(last) is repeated") }
      epochEnds[last, default: []].append(line)
    case "checkpoint":
      guard let step = line.step, step <= last else {
        throw Disorder("checkpoint of step \(line["step"] ?? "?") stands after step \(last)")
      }
      checkpointHashes[step] = line.word("state_hash")
    case "stop": lastStop = line
    case "end":
      guard line.step == last else {
        throw Disorder("the run ends with step \(line["step"] ?? "?"), but the last step before is \(last)")
      }
      end = line
    default: break
    }
  }

  private mutating func takeStep(_ line: LogLine) throws(Disorder) {
    let expected = steps.count + 1
    guard let step = line.step, step == expected else {
      let found = line.step.map { "step \($0)" } ?? "a step without a number"
      let problem =
        (line.step ?? 0) > expected ? "step \(expected) is missing" : "expected step \(expected)"
      throw Disorder(
        expected == 1
          ? "the log begins with \(found): \(problem)" : "\(found) follows step \(expected - 1): \(problem)")
    }
    guard let loss = line["loss"], let accuracy = line["accuracy"], let rate = line["learning_rate"] else {
      throw Disorder("step \(step) has no loss, accuracy or learning_rate")
    }
    steps.append(line)
    chain.add(step: step, loss: loss, accuracy: accuracy, learningRate: rate)
    guard line["state_hash"] != nil || line["chain"] != nil else { return }
    guard let hash = line.word("state_hash"), let link = line.word("chain") else {
      throw Disorder("step \(step) has only one of state_hash and chain, which come together")
    }
    let computed = chain.next(stateHash: hash)
    if computed != link {
      flaw = flaw ?? .chain(steps: linkedSteps + 1...step, found: link, expected: computed)
    }
    linkedSteps = step
  }
}
