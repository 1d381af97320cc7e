import Execution
import Foundation
import Mistakes
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

/// How something that all ranks do together has ended on this rank.
enum Ending: Equatable {
  /// All was done.
  case done
  /// A mistake of the user, which this rank tells.
  case mistake(String)
  /// A mistake of the user, which another rank tells.
  case mistakeElsewhere
  /// A failure of all ranks; the message is nil where another rank tells it.
  case failure(String?)

  /// Does something; errors of other kinds pass.
  static func of(_ body: () throws -> Void) throws -> Ending {
    do {
      try body()
      return .done
    } catch let error as any UserError {
      return .mistake(error.description)
    } catch is MistakeElsewhere {
      return .mistakeElsewhere
    } catch let failure as CommonFailure {
      return .failure(failure.message)
    }
  }
}
