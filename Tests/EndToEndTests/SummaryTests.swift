import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep summary --model`: the layers of a model alone.
  @Suite struct SummaryTests {
    private static let blocks = SmallRun.repository.appending(path: "configs/blocks")

    /// Prints the layers of a file's model.
    private func summary(_ file: URL, input: String, _ changes: String...) throws -> RunningProgram.Ending {
      try Program.run(
        ranks: nil,
        ["summary", "--model", file.path, "--input", input] + changes.flatMap { ["--set", $0] })
    }

    @Test(
      "the blocks of the chapters have their shapes",
      arguments: [
        ("residual", "3x6x6", "3×6×6", 180), ("residual-halving", "3x6x6", "6×3×3", 546),
        ("dense", "3×8×8", "23×8×8", 1492), ("transition", "23x8x8", "10×4×4", 286),
      ])
    func blocks(name: String, input: String, output: String, parameters: Int) throws {
      let ending = try summary(Self.blocks.appending(path: "\(name).yaml"), input: input)
      #expect(ending.status == 0 && ending.errors == "")
      let lines = ending.output.split(separator: "\n")
      #expect(lines.last == "output: \(output)")
      #expect(lines.contains("parameters: \(parameters)"))
      #expect(!ending.output.contains("cross entropy") && !ending.output.contains("all-reduces"))
    }

    @Test("a model of a whole configuration is shown on other samples, with other options")
    func configuredModel() throws {
      let ending = try summary(
        URL(filePath: SmallRun.configuration), input: "3x32x32", "model.classes=7", "model.pooling=average")
      #expect(ending.status == 0 && ending.errors == "")
      #expect(ending.output.hasSuffix("output: 7\n"))
      #expect(ending.output.contains("average pool 2×2"))
    }

    @Test(
      "what cannot be shown is told in one line",
      arguments: [
        (["--model", "m.yaml"], ["--input"]), (["--input", "3x6x6"], ["--model"]), ([], ["--model"]),
        (["c.yaml", "--model", "m.yaml", "--input", "3x6x6"], ["--model"]),
        (["--model", "m.yaml", "--input", "3x6"], ["\"3x6\"", "3x6x6", "784"]),
        (["--model", "m.yaml", "--input", "3x6x0"], ["\"3x6x0\"", "3x6x6"]),
        (["--model", "m.yaml", "--input", "three"], ["\"three\"", "3x6x6"]),
        (["--model", "m.yaml", "--input", "70000x70000x2"], ["\"70000x70000x2\"", "2147483647"]),
        (["--model", "none.yaml", "--input", "3x6x6"], ["none.yaml", "no such file"]),
        (["--model", "m.yaml", "--input", "3x2x2"], ["m.yaml:4: model.layers[1]: layer 1: a 3×3 kernel"]),
        (["--model", "m.yaml", "--input", "6"], ["m.yaml:3: model.layers[0]: layer 0: "]),
        (["--model", "d.yaml", "--input", "6"], ["d.yaml", "model"]),
      ] as [([String], [String])])
    func mistakes(arguments: [String], tells: [String]) throws {
      try withTemporaryDirectory { directory in
        let model = """
          model:
            name: sequential
            layers: [{convolution: 4, kernel: 3, padding: 1},
              {convolution: 4, kernel: 3}]
          """
        try Data(model.utf8).write(to: directory.appending(path: "m.yaml"))
        try Data("data: {name: glyphs}\n".utf8).write(to: directory.appending(path: "d.yaml"))
        for ranks in [nil, 2] {
          let ending = try Program.run(ranks: ranks, ["summary"] + arguments, in: directory)
          #expect(ending.status == 2 && ending.output == "")
          #expect(ending.errorLines.count == 1 && ending.errors.hasPrefix("lockstep: "), "\(ending.errors)")
          for part in tells { #expect(ending.errors.contains(part), "\(part) in: \(ending.errors)") }
        }
      }
    }
  }
}
