import Datasets
import MPI
import Safetensors
import Testing
import Training

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
        let result = try world.agree { world.rank * 10 }
        #expect(result == world.rank * 10)
      }
    }

    @Test("of all mistakes that of the lowest rank is told, once, and no rank goes on")
    func lowestRank() throws {
      try MPIEnvironment.withTestWorld { world in
        for lowest in 0..<world.size {
          // Every other rank from the lowest on errs.
          let errs = world.rank >= lowest && (world.rank - lowest).isMultiple(of: 2)
          var goesOn = false
          let outcome = try Outcome.of {
            try world.agree { if errs { throw UserMistake("found by \(world.rank)") } }
            goesOn = true
          }
          #expect(!goesOn)
          guard case .mistake(let message) = outcome else {
            Issue.record("rank \(world.rank) is done")
            continue
          }
          #expect(message == (world.rank == lowest ? "found by \(lowest)" : nil))
          // The ranks are in step again.
          #expect(try world.agree { lowest } == lowest)
        }
      }
    }

    @Test("the ranks that do not tell the mistake throw MistakeElsewhere")
    func elsewhere() throws {
      try MPIEnvironment.withTestWorld { world in
        let last = world.size - 1
        func check() throws { try world.agree { if world.rank == last { throw UserMistake("last") } } }
        if world.rank == last {
          #expect(throws: UserMistake.self) { try check() }
        } else {
          #expect(throws: MistakeElsewhere.self) { try check() }
        }
      }
    }

    @Test("other errors pass at once, and are no outcome")
    func otherErrors() throws {
      try MPIEnvironment.withTestWorld { world in
        #expect(throws: Failure(rank: world.rank)) {
          try Outcome.of { try world.agree { throw Failure(rank: world.rank) } }
        }
      }
    }
  }
}

@Suite struct OutcomeTests {
  @Test("a body that ends is done; a mistake is told")
  func outcomes() throws {
    guard case .done = try Outcome.of({}) else { throw UserMistake("not done") }
    guard case .mistake("wrong") = try Outcome.of({ throw UserMistake("wrong") }) else {
      throw UserMistake("not told")
    }
  }

  @Test("what the user gave is the user's mistake; what the ranks or the system do is not")
  func mistakes() throws {
    let wrongConfiguration = #expect(throws: ConfigurationError.self) {
      try Configuration.parse("{}", source: "x.yaml")
    }
    #expect(UserMistake.covers(try #require(wrongConfiguration)))
    #expect(UserMistake.covers(UserMistake("wrong")))
    #expect(UserMistake.covers(DatasetError.missingDirectory(path: "data")))
    #expect(UserMistake.covers(TensorFileError(path: "file", problem: "damaged")))
    #expect(!UserMistake.covers(CancellationError()))
  }
}
