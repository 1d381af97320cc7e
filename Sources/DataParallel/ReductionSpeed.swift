import Execution
import MPI

/// How quickly sums over all ranks are made here and now.
public struct ReductionSpeed: Hashable, Sendable {
  /// The seconds of a sum of few bytes that travels in slices.
  public var latencySeconds: Double
  /// The bytes of a large sum per second.
  public var bytesPerSecond: Double

  /// A speed that was measured elsewhere, or is assumed.
  public init(latencySeconds: Double, bytesPerSecond: Double) {
    (self.latencySeconds, self.bytesPerSecond) = (latencySeconds, bytesPerSecond)
  }

  /// The part of its time that a bucket of gradients may spend on latency.
  private static let latencyShare = 0.05

  /// The bytes of a bucket, a power of two from 64 KiB to 16 MiB: as few as keep the latency small beside the transfer,
  /// so that the first buckets leave early and the last is short.
  public var bucketByteCount: Int {
    let wanted = latencySeconds * bytesPerSecond / Self.latencyShare
    var count = 64 << 10
    while Double(count) < wanted, count < 16 << 20 { count *= 2 }
    return count
  }

  /// Measures sums of 32 KiB and of 4 MiB, each at its best; the slowest rank counts, and all get the same numbers.
  ///
  /// Every rank must call this with equal arguments.
  public static func measured(_ topology: Topology, sharesCores: Bool) throws -> ReductionSpeed {
    let counts = [8 << 10, 1 << 20]
    let reduction = RankReduction(
      topology, microshardCount: topology.ranks.size, sharesCores: sharesCores)
    _ = try reduction.prepare(counts.map { BatchSum(kind: .gradients, count: $0, name: "measurement") })
    var seconds: [Double] = []
    for (sum, repetitionCount) in [(0, 9), (1, 3)] {
      var least = Double.infinity
      // The first time pages are made and connections opened.
      for _ in 0...repetitionCount {
        reduction.releaseResults()
        reduction.acquireSummands()
        try topology.ranks.barrier()
        let began = ContinuousClock.now
        try reduction.start(sum)
        try reduction.finish(sum)
        least = min(least, (ContinuousClock.now - began) / .seconds(1))
      }
      seconds.append(try topology.ranks.allReduce(least, .maximum))
    }
    try reduction.free()
    // Where others use the machine, the small sum may even take longer.
    let latency = min(seconds[0], seconds[1] / 2)
    return ReductionSpeed(
      latencySeconds: latency, bytesPerSecond: Double(4 * counts[1]) / (seconds[1] - latency))
  }
}
