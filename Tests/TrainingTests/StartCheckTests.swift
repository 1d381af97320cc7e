import DataParallel
import Execution
import MPI
import Mistakes
import Records
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

#if canImport(Glibc)
  @Suite struct MathematicsLibraryTests {
    @Test("the C library, from which exp and log come, is among what the ranks compare")
    func version() throws {
      let version = try #require(MathematicsLibrary.version)
      #expect(version.wholeMatch(of: /glibc [0-9]+\.[0-9]+/) != nil)
      #expect(StartCheck.program.contains { $0.key == "C library" && $0.value == version })
    }
  }
#endif

extension RanksTests {
  /// What the ranks compare before a run begins.
  @Suite struct StartCheckTests {
    /// Where one rank but the first has something else: the outcome tells it on that rank alone.
    private func check(
      _ tells: [String], isFailure: Bool = false,
      compare: (_ check: StartCheck, _ differs: Bool) throws -> Void
    ) throws {
      try MPIEnvironment.withTestWorld { world in
        let check = StartCheck(try MPIRanks(world))
        #expect(try Ending.of { try compare(check, false) } == .done)
        for odd in 1..<max(world.size, 1) {
          let message: String?
          switch try Ending.of({ try compare(check, world.rank >= odd) }) {
          case .mistake(let text) where !isFailure: message = text
          case .mistakeElsewhere where !isFailure: message = nil
          case .failure(let text) where isFailure: message = text
          case let ending: throw UserMistake("\(ending)")
          }
          #expect((message != nil) == (world.rank == odd))
          guard let message else { continue }
          let host = try MPIEnvironment.processorName
          for part in tells + ["rank \(odd) on \(host) ", "but rank 0 "] {
            #expect(message.contains(part), "\(message)")
          }
        }
      }
    }

    @Test("another option of the command line is refused")
    func options() throws {
      try check(["the command line: --max-steps: ", "has 7, but", "has null; all", "same command line"]) {
        check, differs in
        try check.requireEqual(options: [("--output", "x"), ("--max-steps", differs ? "7" : "null")])
      }
    }

    @Test("another experiment is refused with its key, also where a text in it has line ends")
    func experiment() throws {
      try check(["x.yaml: optimizer.learning_rate: ", "has 0.1, but", "has 0.05; all", "same experiment"]) {
        check, differs in
        let record = JSON.object([
          ("data", .object([("path", .text("a\tb\n"))])), ("epochs", .integer(3)),
          ("optimizer", .object([("learning_rate", .number(differs ? 0.1 : 0.05))])),
        ])
        try check.requireEqual(experiment: record, source: "x.yaml")
      }
    }

    @Test("a key that only one rank has is refused")
    func missingKey() throws {
      try check(["x.yaml: batch.size: ", "does not set it, but", "has 8; all"]) { check, differs in
        let batch: [(key: String, value: JSON)] = differs ? [] : [("size", .integer(8))]
        try check.requireEqual(
          experiment: .object([("batch", .object(batch)), ("seed", .integer(0))]), source: "x.yaml")
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
      try MPIEnvironment.withTestWorld { world in try StartCheck(MPIRanks(world)).requireEqualProgram() }
    }

    @Test("another order of sums is a failure, and no mistake of the user")
    func sums() throws {
      try check(
        [
          "the order of all-reduces: ", "sum 2: ", "has 5 moments of bn1, but",
          "has 3 moments of bn1;", "same order of all-reduces",
        ], isFailure: true
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
