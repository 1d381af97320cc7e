import Foundation
import Testing

/// The suite of all tests in which ranks act together.
///
/// It runs on one rank by `swift test`, on three by
///
///     mpirun -n 3 .build/release/LockstepPackageTests.xctest --testing-library swift-testing --filter RanksTests
@Suite(.serialized) struct RanksTests {}

/// Calls `body` with the path of a new directory, which is removed afterwards.
func withTemporaryDirectory<Result>(_ body: (_ directory: String) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try body(directory.path)
}
