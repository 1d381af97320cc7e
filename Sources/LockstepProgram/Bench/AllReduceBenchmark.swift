import DataParallel
import Execution
import Foundation
import MPI
import Mistakes
import Records
import Reports

/// The time of exact sums over all ranks beside `MPI_Allreduce` and a copy of the same bytes.
package enum AllReduceBenchmark {
  /// What the command line says.
  struct Options: Sendable {
    /// The numbers of floats to sum.
    var counts: [Int]
    /// A file for one JSON object a line and count; nil for none.
    var jsonPath: String?

    /// From the sums of a small batch normalization to the gradients of ResNet-18.
    static let standardCounts = [64, 512, 2048, 16_384, 262_144, 11_178_378]
  }

  /// Measures, and prints a line for each count.
  ///
  /// Every rank must call this, with the same options.
  static func run(_ options: Options, ranks: MPIRanks) throws {
    let file: MetricsFile? = try ranks.agree {
      if let count = options.counts.first(where: { $0 < 1 || $0 > 1 << 30 }) {
        throw UserMistake("--count \(count): expected a number of floats from 1 to \(1 << 30)")
      }
      guard ranks.isCoordinator, let path = options.jsonPath else { return nil }
      return try MetricsFile(creating: path, followsLinks: true)
    }
    let topology = try Topology(ranks.world)
    let hostCount = topology.hosts.count
    ranks.printOnce(
      "all-reduce of floats over \(counted(ranks.count, "rank")) on \(counted(hostCount, "host")); microseconds: median "
        + "(minimum…maximum)")
    for count in options.counts {
      let measured = try AllReduceMeasurement(count: count, topology: topology)
      ranks.printOnce(
        "\(count) floats  ours \(measured[.ours].microseconds)  MPI_Allreduce in place "
          + "\(measured[.inPlace].microseconds), out of place \(measured[.outOfPlace].microseconds)  copy "
          + "\(measured[.copy].microseconds)"
          + String(format: "  %.2f × faster", measured.mpiSeconds / measured[.ours].median))
      try file?.write([
        ("count", .integer(count)), ("ranks", .integer(ranks.count)), ("hosts", .integer(hostCount)),
        ("ours_seconds", .number(measured[.ours].median)), ("mpi_seconds", .number(measured.mpiSeconds)),
        ("memcpy_seconds", .number(measured[.copy].median)),
      ])
    }
  }
}
