import DataParallel
import Datasets
import Execution
import Foundation
import MPI
import Records
import Reports
import Safetensors

/// What is kept of the points of a run: their digest on all ranks, and the coordinator's records.
final class Trajectory {
  /// What the pictures need of a point.
  struct Mark {
    var step: Int
    var seconds: Double
    var value: Double
    /// The point, if it has at most two coordinates.
    var x: [Double]
  }

  /// The newest point.
  private(set) var last: TrajectoryPoint?
  /// The coordinator's marks, in their order.
  private(set) var marks: [Mark] = []
  /// A SHA-256 over all bits of all points so far, steps included; the same for equal runs.
  private(set) var digest = ""

  private let ranks: MPIRanks
  private let file: MetricsFile?
  private let stepsPerEpoch: Int?
  private let began = ContinuousClock.now
  private var table: TrajectoryTable

  /// Begins a run.
  ///
  /// - Parameters:
  ///   - ranks: the ranks.
  ///   - file: the coordinator's file; nil on all other ranks.
  ///   - table: what is printed.
  ///   - stepsPerEpoch: nil where there are no epochs.
  init(ranks: MPIRanks, file: MetricsFile?, table: TrajectoryTable, stepsPerEpoch: Int?) {
    self.ranks = ranks
    self.file = file
    self.table = table
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The seconds since the run began.
  var seconds: Double { (ContinuousClock.now - began) / .seconds(1) }

  /// Takes the next point.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `CommonFailure` if the ranks have not come to the same point; `ReportError`.
  func record(_ point: TrajectoryPoint) throws {
    let seconds = seconds
    let words = [UInt64(point.step)] + point.numbers.map(\.bitPattern)
    try requireEqual(words, step: point.step)
    last = point
    digest = Self.digest(digest, words)
    guard ranks.isCoordinator else { return }
    var members: [(key: String, value: JSON)] = [("step", .integer(point.step))]
    if let stepsPerEpoch {
      members.append(("epoch", .number(Double(point.step) / Double(stepsPerEpoch))))
    }
    members += point.members
    members.append(("seconds", .number(seconds)))
    try file?.write(event: "iterate", members)
    try table.add(point, seconds: seconds)
    marks.append(
      Mark(step: point.step, seconds: seconds, value: point.value, x: point.x.count <= 2 ? point.x : []))
  }

  /// Ends the table.
  func finish() throws { try table.finish() }

  /// Requires the same words of all ranks: processors whose mathematical functions round differently must not go on.
  private func requireEqual(_ words: [UInt64], step: Int) throws {
    guard ranks.count > 1 else { return }
    var hash = FNV1a()
    words.withUnsafeBytes { hash.combine($0.bindMemory(to: UInt8.self)) }
    let first = try ranks.world.broadcast(hash.value, root: 0)
    let complaint =
      "step \(step): rank \(ranks.rank) on \(ranks.host) has come to another point than rank 0; all hosts need the same "
      + "processor, C library and LAPACK"
    try ranks.fail(together: hash.value == first ? nil : complaint)
  }

  private static func digest(_ previous: String, _ words: [UInt64]) -> String {
    var hash = SHA256()
    Array(previous.utf8).withUnsafeBytes { hash.update($0) }
    words.map(\.littleEndian).withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }
}
