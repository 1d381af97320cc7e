import Foundation
import Safetensors
import Testing

extension EndToEndTests {
  /// `lockstep curvature`.
  @Suite struct CurvatureTests {
    /// A checkpoint of the small run after an epoch; calls `body` with the directory and the file.
    private func withCheckpoint(_ body: (_ directory: URL, _ checkpoint: String) throws -> Void) throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ranks: 2, ["train"] + SmallRun.arguments + ["--output", "run", "--max-steps", "6"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        try body(directory, "run/checkpoints/step-00000006.safetensors")
      }
    }

    private static let few = ["--samples", "70", "--steps", "5", "--probes", "2"]

    @Test("any number of ranks, threads and buckets gives the same digits, all of them")
    func sameDigits() throws {
      try withCheckpoint { directory, checkpoint in
        for mode in ["training", "evaluation"] {
          func output(_ ranks: Int?, _ arguments: [String] = []) throws -> String {
            let ending = try Program.run(
              ranks: ranks,
              ["curvature", checkpoint, "--json", "--batch-norm", mode] + Self.few + arguments, in: directory)
            try #require(ending.status == 0, "\(ending.errors)")
            #expect(ending.errors == "")
            return ending.output
          }
          let expected = try output(nil)
          let report = try Metrics.Event(expected)
          #expect(report.string("batch_norm") == mode && report.integer("samples") == 70)
          #expect(report.string("statistics") == (mode == "training" ? "global" : "running"))
          #expect(report.integer("parameters") == 44_878)
          // Five products are too few for any of these.
          #expect(report.string("ending") == "step_limit" && expected.contains("\"limit\": null"))
          for (ranks, arguments) in [
            (1, ["--set", "threads=2"]), (2, []), (3, ["--set", "threads=2"]), (4, []),
            (3, ["--set", "reduction.ranks_per_host=1"]),
          ] {
            #expect(try output(ranks, arguments) == expected, "\(ranks) ranks \(arguments)")
          }
          // The controls: other vectors, other samples.
          #expect(try output(2, ["--seed", "1"]) != expected)
          #expect(try output(2, ["--samples", "71"]) != expected)
        }
      }
    }

    @Test("the loss in evaluation mode is that of lockstep evaluate, and every layer has its line")
    func report() throws {
      try withCheckpoint { directory, checkpoint in
        func json(_ arguments: [String]) throws -> Metrics.Event {
          let ending = try Program.run(ranks: 2, arguments + ["--json"], in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
          return try Metrics.Event(ending.output)
        }
        let short = ["--steps", "2", "--probes", "2"]
        let found = try json(["curvature", checkpoint] + short)
        let expected = try json(["evaluate", checkpoint, "--split", "train"])
        let (loss, evaluated) = (
          try #require(found.number("loss")), try #require(expected.number("loss"))
        )
        #expect(abs(loss - evaluated) < 1e-6 * evaluated)
        #expect(found.integer("samples") == SmallRun.trainSamples)
        let training = try json(["curvature", checkpoint, "--batch-norm", "training"] + short)
        let trained = try #require(training.number("loss"))
        #expect(abs(trained - evaluated) > 1e-4 * evaluated)

        let text = try Program.run(ranks: 3, ["curvature", checkpoint] + short, in: directory)
        try #require(text.status == 0, "\(text.errors)")
        let alone = try Program.run(["curvature", checkpoint] + short, in: directory)
        #expect(alone.output == text.output, "every line is the same on one rank")
        let lines = text.output.split(separator: "\n")
        for beginning in [
          "curvature of the training loss at \(checkpoint): lenet, 44878 parameters",
          "all 333 training samples, in batches of 64; batch norm in evaluation mode", "loss ",
          "up to 14 exact products with the Hessian and 4 gradients",
          "products with the Hessian are exact but for rounding",
          "largest eigenvalue ", "smallest eigenvalue ", "trace ", "point: ", "gradients ",
        ] {
          #expect(lines.filter { $0.hasPrefix(beginning) }.count == 1, "\(beginning)")
        }
        // Convolutions, batch normalizations and linear layers, by their paths.
        let layers = lines.drop { !$0.hasPrefix("layer ") }.dropFirst().dropLast().map { line in
          line.prefix { $0 != " " }
        }
        #expect(layers == ["0", "1", "4", "5", "9", "10", "12", "13", "15"])
      }
    }

    @Test("a loss that is no number is a failure with a name, on all ranks", arguments: [1, 3])
    func notFinite(ranks: Int) throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ["train"] + SmallRun.arguments + ["--output", "run", "--max-steps", "1"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        // Weights that are numbers, but whose products are none.
        let path = directory.appending(path: "run/checkpoints/step-00000001.safetensors").path
        var file = try TensorFile(contentsOf: path)
        let weight = try #require(file["15.weight"])
        file["15.weight"] = Tensor(
          [Float](repeating: 3e38, count: weight.shape.reduce(1, *)), shape: weight.shape)
        for key in ["lockstep.version", "lockstep.checksum"] { file.metadata[key] = nil }
        try file.write(to: path)
        let ending = try Program.run(
          ranks: ranks, ["curvature", path, "--json"] + Self.few, in: directory)
        #expect(ending.status == 1 && ending.output == "")
        #expect(ending.errorLines.count == 1 && ending.errors.contains("must be finite"), "\(ending.errors)")
      }
    }
  }
}
