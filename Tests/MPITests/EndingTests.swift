import Foundation
import MPI
import Testing

/// How programs end: each runs in a process of its own, as the only rank, without the launcher of this process.
@Suite(.serialized, .enabled(if: launcherNumber("OMPI_COMM_WORLD_RANK") ?? 0 == 0, "once is enough"))
struct EndingTests {
  @Test func withMPIStartsRunsAndEnds() async {
    await #expect(processExitsWith: .success) {
      forgetLauncher()
      #expect(!MPIEnvironment.isInitialized)
      var kept: Communicator?
      let value = try withMPI(threads: .multiple) { world in
        #expect(MPIEnvironment.isInitialized && !MPIEnvironment.isFinalized)
        #expect(try MPIEnvironment.threadLevel == .multiple)
        // Outlives MPI, which must do no harm.
        kept = try world.duplicate()
        return try world.allReduce(21, .sum) + world.allReduce(21, .sum)
      }
      #expect(value == 42)
      #expect(MPIEnvironment.isFinalized)
      #expect(kept?.size == 1)
      kept = nil
    }
  }

  @Test func uncaughtErrorIsPrintedAndEndsTheProgram() async throws {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      forgetLauncher()
      try withMPI { _ in throw Misfortune(what: "the disk is on fire") }
    }
    #expect(try text(result).contains("rank 0: the disk is on fire\n"))
  }

  @Test func abortEndsTheProgramWithItsStatus() async {
    await #expect(processExitsWith: .exitCode(7)) {
      forgetLauncher()
      try withMPI { world in world.abort(status: 7) }
    }
  }

  @Test func droppedRequestTraps() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      forgetLauncher()
      try withMPI { world in
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1)
        _ = try world.startReceive(into: memory)
      }
    }
    #expect(
      try text(result).contains(
        "a request of MPI_Irecv was dropped before it was finished: call wait() on it"))
  }

  @Test func onlyReceivesCanBeCancelled() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      forgetLauncher()
      try withMPI { world in
        let request = try world.startBarrier()
        try request.cancel()
      }
    }
    #expect(try text(result).contains("a request of MPI_Ibarrier cannot be cancelled"))
  }

  @Test func buffersThatDoNotFitTrapWithTheirLengths() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      forgetLauncher()
      try withMPI { world in
        let three = [Float](repeating: 0, count: 3)
        var two = [Float](repeating: 0, count: 2)
        var span = two.mutableSpan
        try world.allReduce(three.span, into: &span, .sum)
      }
    }
    #expect(try text(result).contains("MPI_Allreduce: a buffer has 2 elements, but 3 are needed"))
  }

  @Test func communicatorsNeedMPI() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try Communicator.world
    }
    #expect(try text(result).contains("Communicator.world was called before MPI was initialized"))
  }

  @Test func initializationHappensOnce() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      forgetLauncher()
      try withMPI { _ in }
      try withMPI { _ in }
    }
    #expect(try text(result).contains("MPI is initialized once in the life of a process, and already was"))
  }

  private func text(_ result: ExitTest.Result?) throws -> String {
    String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  }
}

/// An error for the tests.
private struct Misfortune: Error, CustomStringConvertible {
  let what: String
  var description: String { what }
}

/// Makes this process one that no launcher started: it inherited its parent's environment, and with it the parent's
/// rank.
private func forgetLauncher() {
  for name in ProcessInfo.processInfo.environment.keys
  where ["OMPI_", "PMIX_", "ORTE_"].contains(where: name.hasPrefix) && !name.hasPrefix("OMPI_ALLOW") {
    unsetenv(name)
  }
}
