import DataParallel
import Foundation
import MPI

/// How quickly messages travel between two ranks.
package struct PairSpeed: Sendable {
  /// The two ranks, the smaller one first.
  package var first, second: Int
  /// Half of the time that a message of 8 bytes takes there and back.
  package var latencySeconds: Double
  /// The bytes of messages of 1 MiB a second.
  package var bytesPerSecond: Double

  /// What was measured of a pair.
  package init(first: Int, second: Int, latencySeconds: Double, bytesPerSecond: Double) {
    (self.first, self.second) = (first, second)
    (self.latencySeconds, self.bytesPerSecond) = (latencySeconds, bytesPerSecond)
  }

  private static let smallCount = 1
  private static let largeCount = 131_072

  /// Measures pairs one after the other, while the other ranks wait; with more than 16 ranks each one with the next, and with one
  /// farther away.
  ///
  /// Every rank must call this.
  ///
  /// - Returns: the same on all ranks.
  static func measured(_ ranks: MPIRanks) throws -> [PairSpeed] {
    var own: [Double] = []
    for (first, second) in pairs(of: ranks.count) {
      try ranks.world.barrier()
      guard [first, second].contains(ranks.rank) else { continue }
      let small = try seconds(ranks, first, second, count: smallCount, repetitions: 50)
      let large = try seconds(ranks, first, second, count: largeCount, repetitions: 6)
      if ranks.rank == first {
        own += [Double(first), Double(second), small, Double(8 * largeCount) / max(large - small, 1e-9)]
      }
    }
    let all = try ranks.world.allGatherV(own).joined().map(\.self)
    return stride(from: 0, to: all.count, by: 4).map { index in
      PairSpeed(
        first: Int(all[index]), second: Int(all[index + 1]), latencySeconds: all[index + 2],
        bytesPerSecond: all[index + 3])
    }.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  private static func pairs(of count: Int) -> [(Int, Int)] {
    guard count > 16 else {
      return (0..<count).flatMap { first in (first + 1..<max(first + 1, count)).map { (first, $0) } }
    }
    return (0..<count).flatMap { first -> [(Int, Int)] in
      [first + 1, first + count / 2].filter { $0 < count }.map { (first, $0) }
    }
  }

  /// The least time of one way, of several.
  private static func seconds(
    _ ranks: MPIRanks, _ first: Int, _ second: Int, count: Int, repetitions: Int
  ) throws -> Double {
    var message = [Int64](repeating: 0, count: count)
    var least = Double.infinity
    // The first one opens the connection.
    for _ in 0...repetitions {
      let began = ContinuousClock.now
      if ranks.rank == first {
        try ranks.world.send(message.span, to: second)
        try message.withUnsafeMutableBufferPointer { _ = try ranks.world.receive(into: $0, from: second) }
      } else {
        try message.withUnsafeMutableBufferPointer { _ = try ranks.world.receive(into: $0, from: first) }
        try ranks.world.send(message.span, to: first)
      }
      least = min(least, (ContinuousClock.now - began) / .seconds(1) / 2)
    }
    return least
  }
}

/// Whether sums over the ranks have the bits of the tree.
package struct SumCheck: Sendable {
  /// The sizes in floats whose sums were compared, bit for bit, on every rank.
  package var counts: [Int]
  /// What a sum of 1 MiB took on the slowest rank, in seconds.
  package var seconds: Double

  /// What was compared, and how long it took.
  package init(counts: [Int], seconds: Double) { (self.counts, self.seconds) = (counts, seconds) }

  /// Sums numbers and compares them with the tree evaluated on one rank; a difference ends all ranks.
  ///
  /// Every rank must call this.
  static func run(_ ranks: MPIRanks) throws -> SumCheck {
    let topology = try Topology(ranks.world)
    let counts = [1, 1_000, 262_144]
    var seconds = 0.0
    for count in counts {
      seconds = try AllReduceMeasurement(count: count, topology: topology)[.ours].median
    }
    return SumCheck(counts: counts, seconds: seconds)
  }
}
