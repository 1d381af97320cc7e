import Foundation
import Testing

extension EndToEndTests {
  /// A run with all that a recipe adds: what it says of itself, and what other commands make of it.
  @Suite struct RecipeTests {
    /// The rate falls to nothing after two epochs, so that the run stops early.
    private static let configuration = """
      model: {name: sequential, layers: [flatten, {linear: 16}, batch_norm, relu, {linear: 10}]}
      data: {name: glyphs, train_samples: 150, test_samples: 40, weights: balanced, validation_fraction: 0.2}
      batch: {size: 32, microshards: 8}
      optimizer:
        learning_rate: 0.1
        momentum: 0.9
        clip_norm: 0.5
        ema: {decay: 0.8}
        schedule: {name: step, epochs: [2], factor: 1e-30}
      stop: {patience: 2, metric: validation_accuracy}
      epochs: 100
      """

    @Test("it stops early with status 0 and a reason; evaluations, audit and a further resume agree with it")
    func run() throws {
      try withTemporaryDirectory { directory in
        try Data(Self.configuration.utf8).write(to: directory.appending(path: "c.yaml"))
        let training = try Program.run(
          ranks: 2, ["train", "c.yaml", "--output", "run", "--set", "checkpoint.keep=all"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        #expect(training.output.contains("120 training, 30 validation and 40 test samples"))
        #expect(training.output.contains("\nstopped early after "), "\(training.output)")
        #expect(training.output.contains("  validation of the average: loss "))
        let metrics = try Metrics(of: directory.appending(path: "run"))
        let stop = try #require(metrics.events("stop").last)
        #expect(stop.string("reason") == "patience" && stop.string("metric") == "validation_accuracy")
        #expect(metrics.events("step").allSatisfy { ($0.number("gradient_norm") ?? 0) > 0 })
        let evaluations = metrics.events("evaluation")
        #expect(evaluations.filter { $0.string("split") == "test" }.count == 2)
        #expect(training.output.contains("done in "))

        // Each is what the run itself has told.
        for (split, weights) in [
          ("test", "average"), ("test", "trained"), ("validation", "average"), ("validation", "trained"),
        ] {
          let last = try #require(
            evaluations.last { $0.string("split") == split && $0.string("weights") == weights })
          let expected = try #require(last.text.firstMatch(of: /"loss": .*/)).0
          let arguments = ["evaluate", "run", "--json", "--split", split, "--set", "threads=2"]
          for ranks in [nil, 3] {
            let found = try Program.run(
              ranks: ranks, arguments + (weights == "average" ? [] : ["--weights", weights]), in: directory)
            #expect(found.status == 0 && found.output == "{\(expected)\n", "\(found.errors)")
          }
        }
        let text = try Program.run(ranks: nil, ["evaluate", "run"], in: directory).output
        #expect(text.hasSuffix("samples 40  weights average\n"))

        let audit = try Program.run(ranks: 3, ["audit", "run"], in: directory)
        #expect(audit.status == 0 && audit.output.contains("reproduced"), "\(audit.output) \(audit.errors)")

        let step = try #require(stop.integer("step"))
        let again = try Program.run(
          ranks: nil, ["train", "c.yaml", "--output", "run", "--resume", "auto"], in: directory)
        #expect(again.status == 0 && again.output.contains("\nstopped early after \(step) steps"))
        // Interrupted and gone on with, on other ranks.
        let first = try Program.run(
          ranks: 3, ["train", "c.yaml", "--output", "other", "--max-steps", "6"], in: directory)
        let second = try Program.run(
          ranks: nil, ["train", "c.yaml", "--output", "other", "--resume", "auto"], in: directory)
        try #require(first.status == 0 && second.status == 0, "\(first.errors)\(second.errors)")
        let one = try Bits(of: directory.appending(path: "run"))
        #expect(try Bits(of: directory.appending(path: "other")) == one)
      }
    }

    @Test("what is not there is one clear line")
    func mistakes() throws {
      try withTemporaryDirectory { directory in
        try Data(Self.configuration.utf8).write(to: directory.appending(path: "c.yaml"))
        func train(_ output: String, _ changes: [String]) throws {
          let ending = try Program.run(
            ranks: nil, ["train", "c.yaml", "--output", output, "--max-steps", "0"] + changes, in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
        }
        try train("run", [])
        try train(
          "plain",
          ["--set", "optimizer={}", "--set", "data={name: glyphs, train_samples: 64}", "--set", "stop=null"])
        for (arguments, words) in [
          (["plain", "--weights", "average"], ["--weights average", "optimizer.ema"]),
          (["plain", "--split", "validation"], ["--split validation", "data.validation_fraction"]),
        ] {
          let ending = try Program.run(ranks: 2, ["evaluate"] + arguments, in: directory)
          #expect(ending.status == 2 && words.allSatisfy(ending.errors.contains), "\(ending.errors)")
          #expect(ending.errors.split(separator: "\n").count == 1)
        }
        // Nothing was averaged yet: the average is the beginning.
        func evaluated(_ arguments: [String]) throws -> Substring {
          try Program.run(ranks: nil, ["evaluate", "run"] + arguments, in: directory).output.prefix {
            $0 != "s"
          }
        }
        #expect(try evaluated([]) == evaluated(["--weights", "trained"]))
        let state = directory.appending(path: "run/checkpoints/step-00000000.state")
        try FileManager.default.removeItem(at: state)
        let missing = try Program.run(ranks: nil, ["evaluate", "run"], in: directory)
        #expect(missing.status == 2 && missing.errors.contains("which is missing; take --weights trained"))
        #expect(
          try Program.run(ranks: nil, ["evaluate", "run", "--weights", "trained"], in: directory).status == 0)
      }
    }
  }
}
