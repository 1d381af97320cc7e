import Execution
import Foundation
import MPI
import Minimization
package import Records
import Reports

/// What a run was made with: enough to repeat it, and to say why another one differs.
struct Manifest {
  /// The complete configuration.
  var configuration: JSON
  var seed: Int
  var ranks: Int
  /// The host of each rank, by rank.
  var hosts: [String]
  /// What is told of this kind of run only.
  var details: [(key: String, value: JSON)]
  var arguments: [String]
  var began: Date
  /// What the MPI library calls itself.
  var mpiVersion: String

  /// The manifest as one JSON object.
  var json: String {
    var members: [(key: String, value: JSON)] = [
      ("lockstep", .text(Lockstep.version)), ("configuration", configuration), ("seed", .integer(seed)),
      ("ranks", .integer(ranks)), ("hosts", .list(hosts.map(JSON.text))),
    ]
    members += details
    members += [
      (
        "versions",
        .object([
          ("onednn", .text(KernelLibrary.version)), ("lapack", .text(LinearAlgebraLibrary.version)),
          ("mpi", .text(mpiVersion)),
          ("operating_system", .text(ProcessInfo.processInfo.operatingSystemVersionString)),
        ])
      ),
      ("instruction_set", .text(KernelLibrary.instructionSet)),
      ("arguments", .list(arguments.map(JSON.text))), ("began", .text(began.formatted(.iso8601))),
    ]
    return "\(JSON.object(members))\n"
  }

  /// The host of each rank, by rank; empty on other ranks than the first.
  ///
  /// Every rank must call this.
  static func hosts(of world: Communicator) throws -> [String] {
    let names = try world.gatherV(Array(MPIEnvironment.processorName.utf8), root: 0)
    return (names ?? []).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The program itself.
public enum Lockstep {
  /// The version, by semantic versioning.
  public static let version = "0.1.0"
}
