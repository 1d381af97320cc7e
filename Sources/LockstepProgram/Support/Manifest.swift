import Execution
import Foundation
import Images
import MPI
import Minimization
import Records
import Safetensors
import Training

/// What a run was made with: enough to repeat it, and to say why another one differs.
struct Manifest {
  /// The complete configuration.
  var configuration: JSON
  var seed: Int
  /// The host of each rank, by rank.
  var hosts: [String]
  /// Members that only this kind of run has.
  var details: [(key: String, value: JSON)]
  var arguments: [String]
  var began: Date
  /// What the MPI library calls itself.
  var mpiVersion: String

  /// The digest of the program's file; "unknown" if it cannot be read.
  static let program = StartCheck.binaryDigest ?? "unknown"

  /// The manifest as one JSON object.
  var json: String {
    var members: [(key: String, value: JSON)] = [
      ("lockstep", .text(LockstepProgram.version)), ("configuration", configuration),
      ("seed", .integer(seed)),
      ("ranks", .integer(hosts.count)), ("hosts", .list(hosts.map(JSON.text))),
    ]
    members += details
    members += [
      (
        "versions",
        .object(
          [
            ("onednn", .text(KernelLibrary.version)), ("lapack", .text(LinearAlgebraLibrary.version)),
            ("mpi", .text(mpiVersion)),
            ("jpeg", .text(ImageFormat.jpeg.decoder)), ("png", .text(ImageFormat.png.decoder)),
            ("operating_system", .text(ProcessInfo.processInfo.operatingSystemVersionString)),
          ] + (MathematicsLibrary.version.map { [("c_library", .text($0))] } ?? []))
      ),
      ("instruction_set", .text(KernelLibrary.instructionSet)), ("program_sha256", .text(Self.program)),
      ("arguments", .list(arguments.map(JSON.text))), ("began", .text(began.formatted(.iso8601))),
    ]
    return "\(JSON.object(members))\n"
  }

  /// Writes the manifest, whole and brought to the disk.
  ///
  /// - Throws: `TensorFileError` with the system's reason.
  func write(to path: String) throws {
    try ReplacementFile.write(Array(json.utf8), to: path)
  }
}
