public import Execution
import Foundation
import Records
public import Training

/// Records what a rank does when in some steps of a training, for a timeline.
///
/// Each rank has one. ``text`` is this rank's part of a file in Chrome's format of trace events, which Perfetto opens.
public final class TraceObserver: TrainingObserver {
  private let steps: ClosedRange<Int>
  private let executor: Executor
  private let rank: Int
  private let host: String
  /// When this rank's clock shows 0.
  private let origin: ContinuousClock.Instant
  /// What is to be added to it, in nanoseconds.
  private let offset: Int64
  private var events: [String] = []
  private var sumLanes: [ContinuousClock.Instant] = []
  private var threads: Set<Int> = []
  /// What takes a while beside the steps, since when.
  private var work: (name: String, began: ContinuousClock.Instant)?
  private var isRecording = false

  /// The lanes of a rank, by number: the steps, what checkpoints take beside them, phases, and from there on threads and sums.
  private enum Lane {
    static let steps = 0
    static let writing = 1
    static let phases = 2
    static let threads = 10
    static let sums = 500
    /// A thread's number is the rank's times this, and its lane.
    static let count = 1000
  }

  /// Makes the recorder of a rank.
  ///
  /// - Parameters:
  ///   - steps: from 1.
  ///   - executor: what computes the steps.
  ///   - host: the rank's host.
  ///   - origin: when this rank's clock shows 0.
  ///   - offset: what is to be added to that clock to get the one of all ranks, in nanoseconds.
  public init(
    steps: ClosedRange<Int>, executor: Executor, rank: Int, host: String, origin: ContinuousClock.Instant,
    offset: Int64
  ) {
    (self.steps, self.executor, self.rank, self.host) = (steps, executor, rank, host)
    (self.origin, self.offset) = (origin, offset)
  }

  /// Takes note of an event.
  public func observe(_ event: TrainingEvent) {
    endWork(event)
    switch event {
    case .started(let start): record(before: start.position.step + 1)
    case .step(let step):
      if steps.contains(step.step) { add(step) }
      record(before: step.step + 1)
    case .working(let work):
      // What is evaluated between two steps belongs to neither.
      if case .evaluating = work.activity, isRecording { executor.traces(false) }
      if isRecording, self.work == nil { self.work = (Self.words(work.activity), .now) }
    case .epoch: if isRecording { executor.traces(true) }
    case .checkpointed(let file):
      guard isRecording || steps.contains(file.step) else { break }
      let ended = file.writingBegan + .seconds(file.writingSeconds)
      add(Lane.writing, "writing checkpoint \(file.step)", "checkpoint", file.writingBegan, ended)
    case .evaluated, .warned, .stopped, .ended: break
    }
  }

  /// This rank's events, separated by commas.
  public var text: String { (names + events).joined(separator: ",\n") }

  /// A whole file of the parts of all ranks.
  public static func file(_ parts: [String]) -> String {
    "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n" + parts.joined(separator: ",\n") + "\n]}\n"
  }

  /// Records if the next step is one of those that count.
  private func record(before step: Int) {
    let records = steps.contains(step)
    if records || isRecording { executor.traces(records) }
    isRecording = records
  }

  // MARK: - Events

  private func add(_ step: TrainingEvent.Step) {
    add(Lane.steps, "step \(step.step)", "step", step.began, step.began + .seconds(step.seconds))
    for span in executor.takeTrace().sorted(by: { ($0.began, $1.ended) < ($1.began, $0.ended) }) {
      switch span.lane {
      case .phase: add(Lane.phases, span.name, "phase", span.began, span.ended, step: step.step)
      case .call: add(Lane.phases, span.name, "call", span.began, span.ended)
      case .thread(let thread):
        threads.insert(thread)
        add(Lane.threads + thread, span.name, "operation", span.began, span.ended)
      case .sum: add(Lane.sums + sumLane(of: span), span.name, "sum", span.began, span.ended)
      }
    }
    add(
      Lane.phases, "update", "phase", step.updateBegan, step.updateBegan + .seconds(step.updateSeconds),
      step: step.step)
  }

  /// The first lane in which no other sum is under way; there is one at last.
  private func sumLane(of span: TraceSpan) -> Int {
    if let free = sumLanes.firstIndex(where: { $0 <= span.began }) {
      sumLanes[free] = span.ended
      return free
    }
    guard sumLanes.count < Lane.count - Lane.sums else { return sumLanes.count - 1 }
    sumLanes.append(span.ended)
    return sumLanes.count - 1
  }

  /// Ends what was going on beside the steps, where an event tells that something else is.
  private func endWork(_ event: TrainingEvent) {
    guard let work else { return }
    var ended = ContinuousClock.now
    switch event {
    case .working(let next) where Self.words(next.activity) == work.name: return
    case .checkpointed, .warned: return
    case .step(let step): ended = min(ended, step.began)
    default: break
    }
    self.work = nil
    add(Lane.steps, work.name, "work", work.began, ended)
  }

  private static func words(_ activity: TrainingEvent.Work.Activity) -> String {
    switch activity {
    case .evaluating(let split): "evaluating \(split) data"
    case .checkpointing: "checkpoint"
    case .ending: "ending"
    }
  }

  private func add(
    _ lane: Int, _ name: String, _ category: String, _ began: ContinuousClock.Instant,
    _ ended: ContinuousClock.Instant, step: Int? = nil
  ) {
    let (begin, end) = (nanoseconds(began), nanoseconds(ended))
    let arguments = step.map { ", \"args\": {\"step\": \($0)}" } ?? ""
    events.append(
      "{\"ph\": \"X\", \"pid\": \(process), \"tid\": \(thread(lane)), \"ts\": \(Self.microseconds(begin)), "
        + "\"dur\": \(Self.microseconds(max(0, end - begin))), \"cat\": \"\(category)\", "
        + "\"name\": \(JSON.text(name))\(arguments)}")
  }

  private func nanoseconds(_ instant: ContinuousClock.Instant) -> Int64 {
    let (seconds, attoseconds) = origin.duration(to: instant).components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000 + offset
  }

  /// Chrome's unit, to the nanosecond.
  private static func microseconds(_ nanoseconds: Int64) -> String {
    let sign = nanoseconds < 0 ? "-" : ""
    let rest = String(nanoseconds.magnitude % 1000)
    return "\(sign)\(nanoseconds.magnitude / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }

  // MARK: - Names

  /// The number of the process; 0 is the system's idle one to those who read traces.
  private var process: Int { rank + 1 }
  private func thread(_ lane: Int) -> Int { process * Lane.count + lane }

  private var names: [String] {
    var lanes = [(Lane.steps, "steps"), (Lane.writing, "checkpoints"), (Lane.phases, "phases")]
    lanes += threads.sorted().map { (Lane.threads + $0, "operations, thread \($0)") }
    lanes += sumLanes.indices.map { (Lane.sums + $0, "sums") }
    return [name("process_name", Lane.steps, "rank \(rank) on \(host)")]
      + lanes.flatMap { lane, words in
        [
          name("thread_name", lane, words),
          "{\"ph\": \"M\", \"pid\": \(process), \"tid\": \(thread(lane)), \"name\": \"thread_sort_index\", "
            + "\"args\": {\"sort_index\": \(lane)}}",
        ]
      }
  }

  private func name(_ kind: String, _ lane: Int, _ words: String) -> String {
    "{\"ph\": \"M\", \"pid\": \(process), \"tid\": \(thread(lane)), \"name\": \"\(kind)\", "
      + "\"args\": {\"name\": \(JSON.text(words))}}"
  }
}
