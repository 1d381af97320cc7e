import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep prove`, `scaling` and `sweep`.
  @Suite struct ExperimentsTests {
    private static let small = [
      SmallRun.configuration, "--set", "data.train_samples=96", "--set", "data.test_samples=40", "--set",
      "batch={size: 32, microshards: 8}", "--set", "epochs=2",
    ]

    /// Runs a command without mpirun.
    private static func run(_ arguments: [String], in directory: URL) throws -> RunningProgram.Ending {
      try RunningProgram([Program.binary.path] + arguments, in: directory, environment: Program.environment)
        .wait(seconds: 120)
    }

    private static func json(_ path: String, in directory: URL) throws -> [String: Any] {
      let data = try Data(contentsOf: directory.appending(path: path))
      return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    // MARK: - prove

    @Test("a proof ends with all equal, after its control, and leaves nothing behind")
    func proves() throws {
      try withTemporaryDirectory { directory in
        let ending = try Self.run(["prove"] + Self.small + ["--steps", "6", "--ranks", "2"], in: directory)
        try #require(ending.status == 0, "\(ending.output)\(ending.errors)")
        let lines = ending.output.split(separator: "\n").map(String.init)
        #expect(lines.last == "all equal")
        #expect(lines[lines.count - 2].hasPrefix("control: with another seed the digest is another one"))
        #expect(lines.contains { $0.contains("rank 1 killed, resumed on 3") })
        let digests = Set(lines.compactMap { $0.firstMatch(of: /[0-9a-f]{16}/).map { String($0.0) } })
        // That of all, and that of the control.
        #expect(digests.count == 2)
        #expect(contents(of: directory).isEmpty)
      }
    }

    @Test("what depends on the ranks is not proved equal")
    func disproves() throws {
      try withTemporaryDirectory { directory in
        let ending = try Self.run(
          ["prove"] + Self.small + ["--steps", "4", "--ranks", "2", "--set", "batch_norm.statistics=rank"],
          in: directory)
        #expect(ending.status == 1)
        #expect(ending.output.contains("ANOTHER DIGEST") && ending.output.contains("\nNOT EQUAL: "))
      }
    }

    // MARK: - scaling

    @Test("points of strong scaling have one digest; rates, efficiency and shares fit together")
    func scales() throws {
      try withTemporaryDirectory { directory in
        let ending = try Self.run(
          ["scaling"] + Self.small + [
            "--ranks", "1,2,3", "--repeat", "2", "--steps", "2", "--output", "scaling",
          ], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("all points end with one digest: "))
        let told = try Self.json("scaling/scaling.json", in: directory)
        #expect(told["equal"] as? Bool == true && told["scaling"] as? String == "strong")
        let points = try #require(told["points"] as? [[String: Any]])
        #expect(points.map { $0["ranks"] as? Int } == [1, 2, 3])
        var digests: Set<String> = []
        for point in points {
          let rounds = try #require(point["rounds"] as? [[String: Any]])
          #expect(rounds.count == 2)
          for round in rounds { digests.insert(try #require(round["digest"] as? String)) }
          let speedUp = try #require(point["speed_up"] as? Double)
          let efficiency = try #require(point["efficiency"] as? Double)
          let ranks = try #require(point["ranks"] as? Int)
          #expect(abs(efficiency * Double(ranks) / speedUp - 1) < 1e-12)
          let shares = try #require(point["shares"] as? [String: Double])
          #expect(shares.values.allSatisfy { $0 >= 0 } && shares.values.reduce(0, +) < 1.5)
        }
        #expect(digests.count == 1)
        #expect(points[0]["speed_up"] as? Double == 1)
        // Each run's own log has that digest.
        let log = try Metrics(of: directory.appending(path: "scaling/ranks-3-threads-1-round-2"))
        #expect(digests == [try #require(log.events.last?.string("digest"))])
      }
    }

    @Test("with weak scaling the batch grows, and the rounds of each point agree")
    func scalesWeakly() throws {
      try withTemporaryDirectory { directory in
        let ending = try Self.run(
          ["scaling"] + Self.small + [
            "--ranks", "1,2", "--repeat", "2", "--steps", "1", "--weak", "--output", "weak", "--set",
            "batch={size: 16, microshards: 4}",
          ], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("all rounds of each point end with one digest"))
        let manifest = try Self.json("weak/ranks-2-threads-1-round-1/manifest.json", in: directory)
        let batch = (manifest["configuration"] as? [String: Any])?["batch"] as? [String: Int]
        #expect(batch == ["size": 32, "microshards": 8])
      }
    }

    @Test("points with several results fail the experiment")
    func scalingFails() throws {
      try withTemporaryDirectory { directory in
        let ending = try Self.run(
          ["scaling"] + Self.small + [
            "--ranks", "1,2", "--repeat", "1", "--steps", "2", "--output", "scaling", "--set",
            "batch_norm.statistics=rank",
          ], in: directory)
        #expect(ending.status == 1)
        #expect(ending.errors.contains("the points do not have one result: 2 ranks × 1 thread"))
        #expect(try Self.json("scaling/scaling.json", in: directory)["equal"] as? Bool == false)
      }
    }

    // MARK: - sweep

    @Test(
      "identical arms differ by exactly 0, others are compared seed by seed; what is done is not done again")
    func sweeps() throws {
      try withTemporaryDirectory { directory in
        let arguments =
          ["sweep"] + Self.small + [
            "--seeds", "3", "--against", "threads=2", "--against", "optimizer.learning_rate=0.01; epochs=1",
            "--ranks", "2", "--jobs", "2", "--output", "sweep",
          ]
        let ending = try Self.run(arguments, in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        let lines = ending.output.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("threads=2 ") && $0.hasSuffix("exactly 0 for every seed") })
        let told = try Self.json("sweep/sweep.json", in: directory)
        let arms = try #require(told["arms"] as? [[String: Any]])
        #expect(
          arms.map { $0["name"] as? String } == [
            "base", "threads=2", "optimizer.learning_rate=0.01; epochs=1",
          ])
        let digests = try arms.map { arm in
          try #require(arm["runs"] as? [[String: Any]]).map { $0["digest"] as? String }
        }
        #expect(digests[0] == digests[1] && Set(digests[0]).count == 3)
        #expect(Set(digests[0]).isDisjoint(with: digests[2]))
        // The values are those of the runs' own logs.
        let run = try #require((arms[2]["runs"] as? [[String: Any]])?[1])
        let log = try Metrics(
          of: directory.appending(path: try #require(run["output"] as? String)))
        let evaluation = try #require(log.events.last { $0.string("split") == "test" })
        #expect((run["values"] as? [String: Double])?["test_loss"] == evaluation.number("loss"))

        let again = try Self.run(arguments, in: directory)
        #expect(again.status == 0)
        #expect(again.output.split(separator: "\n").count { $0.hasSuffix("(done before)") } == 9)
        // One that was interrupted goes on; one of another experiment is trained anew.
        let path = directory.appending(path: "sweep/base/seed-1/metrics.jsonl")
        let text = try String(contentsOf: path, encoding: .utf8)
        let lastStep = try #require(text.range(of: "{\"event\": \"step\", \"step\": 4"))
        try Data(text[..<lastStep.lowerBound].utf8).write(to: path)
        let checkpoints = directory.appending(path: "sweep/base/seed-1/checkpoints")
        for suffix in ["safetensors", "state"] {
          try? FileManager.default.removeItem(at: checkpoints.appending(path: "step-00000006.\(suffix)"))
        }
        try Data("step-00000003.safetensors\n".utf8).write(to: checkpoints.appending(path: "latest"))
        let more = try Self.run(arguments, in: directory)
        #expect(more.status == 0, "\(more.errors)")
        #expect(more.output.contains("base, seed 1: ") && more.output.contains("(gone on with)"))
        #expect(try String(contentsOf: path, encoding: .utf8).contains("\"event\": \"end\""))
        let other = try Self.run(arguments + ["--set", "optimizer.momentum=0.5"], in: directory)
        #expect(other.status == 0 && !other.output.contains("(done before)"), "\(other.errors)")
      }
    }

    @Test(
      "mistakes are told in one line before anything is trained",
      arguments: [
        (["sweep", "--against", "optimizer.learning_rate=-1"], "learning_rate"),
        (["sweep", "--against", "nonsense=1"], "nonsense"), (["sweep"], "--against"),
        (["sweep", "--against", "epochs=1", "--seeds", "0"], "--seeds 0"),
        (["scaling", "--ranks", "1,x"], "--ranks 1,x"), (["scaling", "--ranks", "16"], "microshards"),
        (["scaling", "--steps", "0"], "--steps 0"), (["prove", "--steps", "2"], "--steps 2"),
        (["prove", "--ranks", "1"], "--ranks 1"), (["prove", "--set", "model.name=x"], "model.name"),
      ])
    func mistakes(arguments: [String], words: String) throws {
      try withTemporaryDirectory { directory in
        let ending = try Self.run(
          [arguments[0]] + Self.small + arguments.dropFirst(), in: directory)
        #expect(ending.status == 2 && ending.errorLines.count == 1, "\(ending.errors)")
        #expect(ending.errors.contains(words), "\(ending.errors)")
        #expect(!contents(of: directory).contains { $0.hasSuffix("metrics.jsonl") })
      }
    }
  }
}
