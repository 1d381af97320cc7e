import Foundation
import LockstepProgram
import Testing

extension EndToEndTests {
  /// The options of the command line.
  @Suite struct CommandLineTests {
    private func train(
      _ arguments: [String], in directory: URL, ranks: Int? = 2
    ) throws -> RunningProgram.Ending {
      try Program.run(ranks: ranks, ["train"] + SmallRun.arguments + arguments, in: directory)
    }

    @Test("--max-steps ends a run early, with a checkpoint, in the middle or at the end of an epoch")
    func maxSteps() throws {
      try withTemporaryDirectory { directory in
        for (count, evaluations) in [(4, 0), (6, 2), (7, 2)] {
          let output = directory.appending(path: "\(count)")
          let ending = try train(["--max-steps", "\(count)", "--output", output.path], in: directory)
          #expect(ending.status == 0)
          let metrics = try Metrics(of: output)
          #expect(metrics.events("step").count == count)
          #expect(metrics.events("evaluation").count == evaluations)
          #expect(metrics.events.last?.name == "end")
          let latest = try String(contentsOf: output.appending(path: "checkpoints/latest"), encoding: .utf8)
          #expect(latest == "step-0000000\(count).safetensors\n")
        }
      }
    }

    @Test("--max-steps does not change the steps before")
    func maxStepsKeepsBits() throws {
      try withTemporaryDirectory { directory in
        func losses(_ arguments: [String], _ output: String) throws -> [String] {
          #expect(try train(arguments + ["--output", output], in: directory).status == 0)
          return try Metrics(of: directory.appending(path: output)).events("step").map(\.lossText)
        }
        let whole = try losses([], "whole")
        #expect(try losses(["--max-steps", "8"], "part") == Array(whole.prefix(8)))
      }
    }

    @Test("--overwrite replaces a run and leaves other files alone")
    func overwrite() throws {
      try withTemporaryDirectory { directory in
        #expect(try train(["--output", "run", "--max-steps", "2"], in: directory).status == 0)
        let notes = directory.appending(path: "run/notes.txt")
        try Data("mine".utf8).write(to: notes)
        #expect(try train(["--output", "run", "--max-steps", "1", "--overwrite"], in: directory).status == 0)
        #expect(try Data(contentsOf: notes) == Data("mine".utf8))
        #expect(try Metrics(of: directory.appending(path: "run")).events("step").count == 1)
        let models = contents(of: directory.appending(path: "run/checkpoints"))
          .filter { $0.hasSuffix(".safetensors") }
        #expect(models == ["step-00000001.safetensors"])
      }
    }

    @Test("the last --set of a key wins")
    func set() throws {
      try withTemporaryDirectory { directory in
        let arguments = ["--set", "epochs=1", "--set", "optimizer.learning_rate=0.5", "--set", "epochs=3"]
        #expect(try train(arguments + ["--output", "run", "--max-steps", "1"], in: directory).status == 0)
        let metrics = try Metrics(of: directory.appending(path: "run"))
        #expect(metrics.events("run").first?.integer("epochs") == 3)
        // The warm-up begins at a tenth of the rate.
        #expect(metrics.events("step").first?.number("learning_rate") == 0.05)
      }
    }

    @Test("without --output a run goes to a new directory below runs/, named after configuration and time")
    func defaultOutput() throws {
      try withTemporaryDirectory { directory in
        let ending = try train(["--max-steps", "1"], in: directory, ranks: 3)
        #expect(ending.status == 0)
        let runs = try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: "runs").path)
        #expect(runs.count == 1)
        let name = try #require(runs.first)
        #expect(name.wholeMatch(of: /lenet-glyphs-\d{8}-\d{6}/) != nil, "\(name)")
        #expect(ending.output.contains("output directory: runs/\(name)\n"))
        #expect(try Metrics(of: directory.appending(path: "runs/\(name)")).events.last?.name == "end")
      }
    }

    @Test("--resume never trains from the beginning")
    func resumeNever() throws {
      try withTemporaryDirectory { directory in
        let ending = try train(["--resume", "never", "--max-steps", "1", "--output", "run"], in: directory)
        #expect(ending.status == 0)
      }
    }

    @Test(
      "help is printed once, on standard output",
      arguments: [
        ["--help"], ["train", "--help"], ["evaluate", "--help"], ["curvature", "--help"], ["summary", "-h"],
        ["help", "digest"],
      ])
    func help(arguments: [String]) throws {
      let alone = try Program.run(ranks: nil, arguments)
      #expect(alone.status == 0)
      #expect(alone.errors == "")
      #expect(alone.output.split(separator: "\n").filter { $0.hasPrefix("USAGE: lockstep") }.count == 1)
      let together = try Program.run(ranks: 3, arguments)
      #expect(together.status == 0)
      #expect(together.errors == "")
      #expect(together.output == alone.output)
    }

    @Test("--version tells the version")
    func version() throws {
      let ending = try Program.run(ranks: 3, ["--version"])
      #expect(ending.status == 0 && ending.output == LockstepProgram.version + "\n")
    }

    @Test("summary prints the table of layers", arguments: [nil, 3])
    func summary(ranks: Int?) throws {
      let ending = try Program.run(ranks: ranks, ["summary", SmallRun.configuration])
      #expect(ending.status == 0 && ending.errors == "")
      let lines = try Summary.lines(configurationPath: SmallRun.configuration)
      #expect(ending.output == lines.joined(separator: "\n") + "\n")
    }

    @Test("summary takes changes of the configuration")
    func summaryOfAnother() throws {
      let ending = try Program.run(["summary", SmallRun.configuration, "--set", "model.classes=26"])
      #expect(ending.status == 0)
      // 84 weights and a bias for each class more.
      #expect(ending.output.contains("parameters: \(44_878 + 16 * 85)\n"))
    }
  }
}
