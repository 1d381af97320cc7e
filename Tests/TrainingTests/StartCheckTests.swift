import Execution
import MPI
import Optimizers
import Testing
import Training

@Suite struct StartCheckDifferenceTests {
  private func difference(_ own: StartCheck.Entries, _ first: StartCheck.Entries) -> String? {
    StartCheck.difference(of: own, from: first).map { key, own, first in
      "\(key): \(own ?? "nothing"), \(first ?? "nothing")"
    }
  }

  @Test("the first key in order is told, with both values, also where one has none")
  func first() {
    #expect(difference([], []) == nil)
    #expect(difference([("a", "1"), ("b", "2")], [("a", "1"), ("b", "2")]) == nil)
    #expect(
      difference([("a", "1"), ("b", "3"), ("c", "9")], [("a", "1"), ("b", "2"), ("c", "3")]) == "b: 3, 2")
    #expect(difference([("a", "1"), ("c", "3")], [("a", "1"), ("b", "2"), ("c", "3")]) == "b: nothing, 2")
    #expect(difference([("a", "1"), ("b", "2")], [("a", "1")]) == "b: 2, nothing")
  }
}

extension RanksTests {
  /// What the ranks compare before a run begins.
  @Suite struct StartCheckTests {
    /// Where one rank but the first has something else: the outcome tells it on that rank alone.
    private func check(
      _ tells: [String], isFailure: Bool = false,
      compare: (_ check: StartCheck, _ differs: Bool) throws -> Void
    ) throws {
      try MPIEnvironment.withTestWorld { world in
        let check = StartCheck(world)
        guard case .done = try Outcome.of({ try compare(check, false) }) else {
          throw UserMistake("what is equal was refused")
        }
        for odd in 1..<max(world.size, 1) {
          let outcome = try Outcome.of { try compare(check, world.rank >= odd) }
          let message: String?
          switch outcome {
          case .mistake(let text) where !isFailure: message = text
          case .failure(let text) where isFailure: message = text
          default: throw UserMistake("\(outcome)")
          }
          #expect((message != nil) == (world.rank == odd))
          guard let message else { continue }
          let host = try MPIEnvironment.processorName
          for part in tells + ["rank \(odd) on \(host) has", "but rank 0 has"] {
            #expect(message.contains(part), "\(message)")
          }
        }
      }
    }

    @Test("another configuration is refused with its key")
    func configuration() throws {
      try check(["x.yaml: optimizer.learning_rate: ", "has 0.1, but", "has 0.05; all", "same configuration"])
      {
        check, differs in
        var configuration = Configuration(model: .init(name: .lenet), data: .init(name: .idx, path: "a\tb\n"))
        configuration.optimizer.schedule.baseLearningRate = differs ? 0.1 : 0.05
        if differs { configuration.threads = 7 }
        try check.requireEqual(configuration: configuration, source: "x.yaml")
      }
    }

    @Test("other data is refused with its fingerprint")
    func data() throws {
      try check(["data/here: fingerprint of the test split: ", "has ab, but", "has 2; all", "same data"]) {
        check, differs in
        try check.requireEqual(
          fingerprints: [("train", 1), ("test", differs ? 0xAB : 2)], source: "data/here")
      }
    }

    @Test("ranks of one program go on")
    func program() throws {
      try MPIEnvironment.withTestWorld { world in try StartCheck(world).requireEqualProgram() }
    }

    @Test("another schedule is a failure, and no mistake of the user")
    func schedule() throws {
      try check(
        ["schedule", "sum 2: ", "has 5 moments of bn1, but", "has 3 moments of bn1;"], isFailure: true
      ) {
        check, differs in
        try check.requireEqual(
          sums: [
            BatchSum(kind: .sums, count: 9, name: "metrics"),
            BatchSum(kind: .moments, count: differs ? 5 : 3, name: "bn1"),
          ])
      }
    }
  }
}
