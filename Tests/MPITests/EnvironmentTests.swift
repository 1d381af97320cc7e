import Foundation
import MPI
import Testing

extension MPITests {
  @Suite struct Environment {
    @Test func rankAndSizeAreThoseOfTheLauncher() throws {
      try MPIEnvironment.withTestWorld { world throws in
        #expect(world.size == launcherNumber("OMPI_COMM_WORLD_SIZE") ?? 1)
        #expect(world.rank == launcherNumber("OMPI_COMM_WORLD_RANK") ?? 0)
        #expect(world.description == "rank \(world.rank) of \(world.size)")
      }
    }

    @Test func libraryDescribesItself() throws {
      try MPIEnvironment.withTestWorld { _ throws in
        #expect(MPIEnvironment.isInitialized)
        #expect(!MPIEnvironment.isFinalized)
        #expect(try MPIEnvironment.threadLevel >= .serialized)
        #expect(try MPIEnvironment.libraryVersion.hasPrefix("Open MPI v"))
        #expect(try MPIEnvironment.processorName == ProcessInfo.processInfo.hostName)
      }
    }

    @Test func lowerThreadLevelThanRequestedIsAnError() throws {
      let levels: [ThreadLevel] = [.single, .funneled, .serialized, .multiple]
      for (i, requested) in levels.enumerated() {
        for (j, provided) in levels.enumerated() {
          let found = errorClass { try requested.checkProvided(provided) }
          #expect(
            found == (j < i ? .unsupportedOperation : nil), "\(requested) requested, \(provided) provided")
        }
      }
      let error = #expect(throws: MPIError.self) {
        try ThreadLevel.multiple.checkProvided(.funneled)
      }
      #expect(
        error?.description
          == "MPI_Init_thread: MPI_ERR_UNSUPPORTED_OPERATION: MPI_THREAD_MULTIPLE was requested,"
          + " but this library provides only MPI_THREAD_FUNNELED")
    }
  }
}
