/// The time that kernels took, by node and phase, summed over microshards.
///
/// An executor that has one measures; otherwise it asks no clock.
final class KernelTimes: @unchecked Sendable {
  // Each thread adds to a row of its own.

  /// By thread, node and phase, in seconds.
  private let seconds: UnsafeMutableBufferPointer<Double>
  private let nodeCount: Int
  private let threadCount: Int

  init(nodeCount: Int, threadCount: Int) {
    self.nodeCount = nodeCount
    self.threadCount = threadCount
    seconds = .allocate(capacity: threadCount * nodeCount * Phase.allCases.count)
    seconds.initialize(repeating: 0)
  }

  deinit {
    seconds.deallocate()
  }

  /// Runs a kernel and adds its time.
  func measure(_ node: Int, _ phase: Phase, thread: Int, _ body: () -> Void) {
    let began = ContinuousClock.now
    body()
    seconds[place(node, phase, thread)] += (ContinuousClock.now - began) / .seconds(1)
  }

  /// The seconds of a node's phase over all threads.
  func total(_ node: Int, _ phase: Phase) -> Double {
    (0..<threadCount).reduce(0) { $0 + seconds[place(node, phase, $1)] }
  }

  func reset() {
    seconds.update(repeating: 0)
  }

  private func place(_ node: Int, _ phase: Phase, _ thread: Int) -> Int {
    let phases = Phase.allCases.count
    return (thread * nodeCount + node) * phases + (Phase.allCases.firstIndex(of: phase) ?? 0)
  }
}
