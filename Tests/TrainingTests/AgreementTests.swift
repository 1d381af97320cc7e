import DataParallel
import Datasets
import Execution
import MPI
import Mistakes
import NeuralNetworks
import Safetensors
import Testing

extension RanksTests {
  /// All ranks go on, or none.
  @Suite struct AgreementTests {
    /// A failure that is not the user's.
    private struct Failure: Error, Equatable {
      let rank: Int
    }

    @Test("where no rank errs, each gets its own result")
    func agreement() throws {
      try MPIEnvironment.withTestWorld { world in
        let result = try MPIRanks(world).agree { world.rank * 10 }
        #expect(result == world.rank * 10)
      }
    }

    @Test("of all mistakes that of the lowest rank is told, once, and no rank goes on")
    func lowestRank() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        for lowest in 0..<world.size {
          // Every other rank from the lowest on errs.
          let errs = world.rank >= lowest && (world.rank - lowest).isMultiple(of: 2)
          var goesOn = false
          let ending = try Ending.of {
            try ranks.agree { if errs { throw UserMistake("found by \(world.rank)") } }
            goesOn = true
          }
          #expect(!goesOn)
          let place = world.size > 1 ? "on rank \(lowest) (\(ranks.host)): " : ""
          #expect(
            ending == (world.rank == lowest ? .mistake("\(place)found by \(lowest)") : .mistakeElsewhere))
          // The ranks are in step again.
          #expect(try ranks.agree { lowest } == lowest)
        }
      }
    }

    @Test(
      "a mistake of all ranks is told plainly, one of some with their hosts, one of the coordinator's plainly"
    )
    func places() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        func message(_ isMistaken: (Int) -> Bool) throws -> String? {
          let ending = try Ending.of {
            try ranks.agree { if isMistaken(world.rank) { throw UserMistake("data: no such directory") } }
          }
          if case .mistake(let message) = ending { return message }
          return nil
        }
        #expect(try message { _ in true } == (world.rank == 0 ? "data: no such directory" : nil))
        if world.size > 2 {
          let expected =
            "on \(world.size - 1) of \(world.size) ranks (\(ranks.host)): data: no such directory"
          #expect(try message { $0 > 0 } == (world.rank == 1 ? expected : nil))
        }
        let ending = try Ending.of { try ranks.agreeOnCoordinator { throw UserMistake("out: full") } }
        #expect(ending == (world.rank == 0 ? .mistake("out: full") : .mistakeElsewhere))
        #expect(try ranks.agreeOnCoordinator { 7 } == (world.rank == 0 ? 7 : nil))
      }
    }

    @Test("other errors pass at once")
    func otherErrors() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        #expect(throws: Failure(rank: world.rank)) {
          try Ending.of { try ranks.agree { throw Failure(rank: world.rank) } }
        }
      }
    }

    @Test("a complaint of any rank fails them all together; the lowest tells it")
    func together() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        try ranks.fail(together: nil)
        for lowest in 0..<world.size {
          let complaint = world.rank >= lowest ? "found by \(world.rank)" : nil
          let ending = try Ending.of { try ranks.fail(together: complaint) }
          #expect(ending == .failure(world.rank == lowest ? "found by \(lowest)" : nil))
        }
      }
    }

    @Test("what a rank meets alone is no mistake that the others know of")
    func alone() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        #expect(try ranks.alone { world.rank } == world.rank)
        let failure = #expect(throws: LocalFailure.self) {
          try ranks.alone { throw UserMistake("disk of \(world.rank) is full") }
        }
        #expect(failure?.description == "disk of \(world.rank) is full")
        #expect(throws: Failure(rank: 7)) { try ranks.alone { throw Failure(rank: 7) } }
        #expect(throws: CommonFailure.self) { try ranks.alone { throw CommonFailure(message: nil) } }
      }
    }
  }
}

@Suite struct UserErrorTests {
  @Test("what the user gave is the user's mistake; what the ranks or the system do is not")
  func mistakes() {
    let mistakes: [any Error] = [
      UserMistake("wrong"), DatasetError.missingDirectory(path: "data"),
      TensorFileError(path: "file", problem: "damaged"), ShapeError(path: "0", reason: "too small"),
    ]
    for mistake in mistakes { #expect(mistake is any UserError, "\(mistake)") }
    let failures: [any Error] = [
      CancellationError(), CommonFailure(message: "faulty"), MistakeElsewhere(),
    ]
    for failure in failures { #expect(!(failure is any UserError), "\(failure)") }
  }
}
