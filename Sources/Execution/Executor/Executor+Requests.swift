// What ranks ask of each other travels with the metrics, so that all learn of it in the same step and without a message more.
import CanonicalTree

extension Executor {
  /// Writes what this rank asks for into the metrics of its microshards, empty ones included.
  func contribute(requests: UInt8) {
    guard let metrics = leaves[ExecutionOrder.metricsSum] else { return }
    for leaf in metrics.leaves {
      let elements = leaf.assumingMemoryBound(to: Double.self) + ExecutionOrder.requestsOffset
      for bit in 0..<ExecutionOrder.requestCount { elements[bit] = requests >> UInt8(bit) & 1 == 0 ? 0 : 1 }
    }
  }

  /// The requests that any rank has, from the sums of the metrics.
  static func requests(_ sums: UnsafePointer<Double>) -> UInt8 {
    (0..<ExecutionOrder.requestCount).reduce(0) { requests, bit in
      sums[ExecutionOrder.requestsOffset + bit] == 0 ? requests : requests | 1 << UInt8(bit)
    }
  }
}
