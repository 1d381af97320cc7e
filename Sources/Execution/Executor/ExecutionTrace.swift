/// When an executor did what, recorded while it computes.
///
/// The instants that end and begin phases are those of which ``BatchSeconds`` is made, so that the spans add up to it.
final class ExecutionTrace: @unchecked Sendable {
  // Each thread adds to a lane of its own; all else is the executor's own thread's.

  typealias Instant = ContinuousClock.Instant

  /// What kernels a thread ran.
  final class Lane {
    var kernels: [(node: Int, phase: Phase, microshard: Int, began: Instant, ended: Instant)] = []
  }

  /// By thread.
  let lanes: [Lane]
  /// The phases, one after the other; within those that compute, what was given to the sums.
  var phases: [(phase: TraceSpan.Phase, began: Instant, ended: Instant)] = []
  var advances: [(began: Instant, ended: Instant)] = []
  /// The calls that start and finish sums.
  var calls: [(sum: Int, isFinish: Bool, began: Instant, ended: Instant)] = []

  init(threadCount: Int) {
    lanes = (0..<threadCount).map { _ in Lane() }
  }

  /// Forgets all.
  func reset() {
    for lane in lanes { lane.kernels.removeAll(keepingCapacity: true) }
    phases.removeAll(keepingCapacity: true)
    advances.removeAll(keepingCapacity: true)
    calls.removeAll(keepingCapacity: true)
  }
}

/// Something that took its time on a rank.
package struct TraceSpan: Sendable {
  /// The phases whose seconds a batch tells.
  package enum Phase: String, Sendable {
    case data, forward, backward, reduction
  }

  /// Where a span is shown.
  package enum Lane: Hashable, Sendable {
    /// The phases of a batch, which follow each other.
    case phase
    /// A call that starts a sum or waits for its result, within a phase.
    case call
    /// A kernel on a thread.
    case thread(Int)
    /// A sum from its start until its result is there.
    case sum
  }

  /// Where it is shown.
  package var lane: Lane
  /// What it is.
  package var name: String
  /// When it began and when it was over.
  package var began, ended: ContinuousClock.Instant
}

extension Executor {
  /// Begins to record what is done when, from nothing, or ends it.
  package func traces(_ traces: Bool) {
    trace = traces ? ExecutionTrace(threadCount: options.threads) : nil
  }

  /// What was recorded since the last call, and forgets it.
  package func takeTrace() -> [TraceSpan] {
    guard let trace else { return [] }
    defer { trace.reset() }
    let sums = trainingOrder.sums + evaluationOrder.sums
    var spans = phaseSpans(trace)
    var begun: [Int: ContinuousClock.Instant] = [:]
    for call in trace.calls {
      let name = sums[call.sum].name
      spans.append(
        TraceSpan(
          lane: .call, name: (call.isFinish ? "finish " : "start ") + name, began: call.began,
          ended: call.ended))
      if !call.isFinish {
        begun[call.sum] = call.began
      } else if let began = begun.removeValue(forKey: call.sum) {
        spans.append(TraceSpan(lane: .sum, name: name, began: began, ended: call.ended))
      }
    }
    for (thread, lane) in trace.lanes.enumerated() {
      spans += lane.kernels.map {
        TraceSpan(
          lane: .thread(thread), name: "\(lowered.nodes[$0.node].path) \($0.phase.words), \($0.microshard)",
          began: $0.began, ended: $0.ended)
      }
    }
    return spans
  }

  /// The phases, of which those that compute are interrupted by what was given to the sums.
  private func phaseSpans(_ trace: ExecutionTrace) -> [TraceSpan] {
    var spans: [TraceSpan] = []
    func add(_ phase: TraceSpan.Phase, _ began: ContinuousClock.Instant, _ ended: ContinuousClock.Instant) {
      guard began < ended else { return }
      spans.append(TraceSpan(lane: .phase, name: phase.rawValue, began: began, ended: ended))
    }
    var advances = trace.advances[...]
    for (phase, began, ended) in trace.phases {
      var begin = began
      while let advance = advances.first, advance.ended <= ended {
        advances.removeFirst()
        add(phase, begin, advance.began)
        add(.reduction, advance.began, advance.ended)
        begin = advance.ended
      }
      add(phase, begin, ended)
    }
    return spans
  }
}

extension Phase {
  /// In words for somebody who looks at a trace.
  fileprivate var words: String {
    switch self {
    case .statistics: "statistics"
    case .forward: "forward"
    case .backwardStatistics: "backward statistics"
    case .backwardData: "backward data"
    case .backwardWeights: "backward weights"
    }
  }
}
