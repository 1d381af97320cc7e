import Execution
import Foundation
import Reports

/// What a run was made with: enough to repeat it, and to say why another one differs.
struct Manifest {
  var configuration: Configuration
  var ranks: Int
  /// The host of each rank, by rank.
  var hosts: [String]
  var parameterCount: Int
  /// By layer, the algorithm of its convolution.
  var convolutions: [(layer: String, algorithm: String)]
  var dataFingerprints: (train: UInt64, test: UInt64)
  var arguments: [String]
  var began: Date
  /// What the MPI library calls itself.
  var mpiVersion: String

  /// The manifest as one JSON object.
  var json: String {
    let object = JSON.object([
      ("lockstep", .text(Lockstep.version)), ("configuration", configuration.json),
      ("seed", .integer(configuration.seed)), ("ranks", .integer(ranks)),
      ("hosts", .list(hosts.map(JSON.text))), ("threads_per_rank", .integer(configuration.threads)),
      ("microshards", .integer(configuration.batch.microshards)), ("parameters", .integer(parameterCount)),
      (
        "data_fingerprint",
        .object([
          ("train", .text(String(dataFingerprints.train, radix: 16))),
          ("test", .text(String(dataFingerprints.test, radix: 16))),
        ])
      ),
      (
        "versions",
        .object([
          ("onednn", .text(KernelLibrary.version)), ("mpi", .text(mpiVersion)),
          ("operating_system", .text(ProcessInfo.processInfo.operatingSystemVersionString)),
        ])
      ),
      ("instruction_set", .text(KernelLibrary.instructionSet)),
      ("convolutions", .object(convolutions.map { ($0.layer, .text($0.algorithm)) })),
      ("arguments", .list(arguments.map(JSON.text))),
      ("began", .text(began.formatted(.iso8601))),
    ])
    return "\(object)\n"
  }
}

/// The program itself.
public enum Lockstep {
  /// The version, by semantic versioning.
  public static let version = "0.1.0"
}
