import Foundation
import MPI
import Testing

/// The suite of all tests that call MPI.
///
/// It is serialized, which makes the order of tests the same on all ranks; `withTestWorld` checks that it is. Run
/// it on one rank by `swift test`, on three by
///
///     mpirun -n 3 .build/release/LockstepPackageTests.xctest --testing-library swift-testing --filter MPITests
///
/// Expected values are formulas in rank and size, or follow from a fold over all ranks in Swift.
@Suite(.serialized) struct MPITests {}

/// What `mpirun` told this process, which is independent of the library's answers: nil if there is no `mpirun`.
func launcherNumber(_ name: String) -> Int? {
  ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
}

/// Gives memory that starts with `values` and stays in place while `body` runs, and returns what it has become.
func withMemory<Element: MPIDatatype>(
  _ values: [Element], _ body: (UnsafeMutableBufferPointer<Element>) throws -> Void
) rethrows -> [Element] {
  let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: values.count)
  defer { memory.deallocate() }
  _ = memory.initialize(from: values)
  try body(memory)
  return Array(memory)
}

/// The class of the error that `body` throws; nil if it throws none, or another type.
func errorClass(of body: () throws -> Void) -> MPIError.Class? {
  do {
    try body()
    return nil
  } catch {
    return (error as? MPIError)?.errorClass
  }
}
