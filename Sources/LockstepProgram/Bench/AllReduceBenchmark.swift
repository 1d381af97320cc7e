import DataParallel
import Foundation
public import MPI
import Mistakes
package import Records
import Reports

/// The time of exact sums over all ranks beside `MPI_Allreduce` and a copy of the same bytes.
public enum AllReduceBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The numbers of floats to sum.
    public var counts: [Int]
    /// A file for one JSON object a line and count; nil for none.
    public var jsonPath: String?

    /// From the sums of a small batch normalization to the gradients of ResNet-18.
    public static let standardCounts = [64, 512, 2048, 16_384, 262_144, 11_178_378]

    /// Names the options.
    public init(counts: [Int], jsonPath: String? = nil) {
      self.counts = counts
      self.jsonPath = jsonPath
    }
  }

  /// Measures, and prints a line for each count.
  ///
  /// Every rank must call this, with the same options.
  public static func run(_ options: Options, world: Communicator) throws -> Outcome {
    var file: MetricsFile?
    let outcome = try Outcome.of {
      file = try world.agree { () throws(UserMistake) in
        if let count = options.counts.first(where: { $0 < 1 || $0 > 1 << 30 }) {
          throw UserMistake("--count \(count): expected a number of floats from 1 to \(1 << 30)")
        }
        guard world.rank == 0, let path = options.jsonPath else { return nil }
        do {
          return try MetricsFile(creating: path)
        } catch {
          throw UserMistake("--json \(error)")
        }
      }
    }
    guard case .done = outcome else { return outcome }
    let topology = try Topology(world)
    let hostCount = topology.hosts.count
    let console = ConsoleReport(isSilent: world.rank != 0)
    console.line(
      "sums of floats over \(world.size) ranks on \(hostCount) hosts; microseconds: median (minimum…maximum)")
    for count in options.counts {
      let measured = try AllReduceMeasurement(count: count, topology: topology)
      console.line(
        "\(count) floats  ours \(measured[.ours].microseconds)  MPI_Allreduce in place "
          + "\(measured[.inPlace].microseconds), out of place \(measured[.outOfPlace].microseconds)  copy "
          + "\(measured[.copy].microseconds)"
          + String(format: "  %.2f × faster", measured.mpiSeconds / measured[.ours].median))
      try file?.write([
        ("count", .integer(count)), ("ranks", .integer(world.size)), ("hosts", .integer(hostCount)),
        ("ours_seconds", .number(measured[.ours].median)), ("mpi_seconds", .number(measured.mpiSeconds)),
        ("memcpy_seconds", .number(measured[.copy].median)),
      ])
    }
    return outcome
  }
}
