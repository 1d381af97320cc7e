import Foundation
import Testing

extension EndToEndTests {
  /// `launch/compare-pytorch`.
  @Suite struct ComparisonTests {
    @Test(
      "the table beside PyTorch has a line for each number of ranks",
      .enabled(if: PyTorch.isInstalled, "needs a python3 with torch and safetensors"))
    func table() throws {
      let ending = try Self.compare([
        "--rows", "lenet", "--rounds", "1", "--steps", "2", "--modes", "eager", "--python", PyTorch.python,
      ])
      try #require(ending.status == 0, "\(ending.errors)")
      let lines = ending.output.split(separator: "\n").map { line in
        line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      }
      try #require(lines.count == 4 && lines.allSatisfy { $0.count == 14 }, "\(ending.output)")
      for (ranks, cells) in zip([1, 2], lines[2...]) {
        #expect(Array(cells[..<4]) == ["lenet", "1×28×28", "\(ranks)", "256"])
        #expect(cells[6...8] == ["–", "–", "–"])
        let ours = try #require(Double(cells[4].replacing(",", with: "")))
        let eager = try #require(Double(cells[5].replacing(",", with: "")))
        #expect(abs(try #require(Double(cells[9])) - ours / eager) < 0.01)
        #if os(Linux)
          // PyTorch's libraries alone are larger than the whole of Lockstep.
          #expect(try #require(Int(cells[10])) < #require(Int(cells[11])))
        #endif
        #expect(cells[12...].allSatisfy { ($0 == "–") == (ranks == 1) })
      }
    }

    @Test(
      "what cannot be compared is told in one line",
      arguments: [
        (
          ["--rows", "vgg"],
          "--rows vgg: expected resnet18, densenet, lenet, resnet18-bf16, torchvision-resnet50 or resnet18-jpeg"
        ),
        (["--modes", "fast"], "--modes fast: expected eager, channels_last, compile or bf16"),
        (["--rounds", "0"], "--rounds 0: expected a number from 1 to 9999"),
        (["--steps", "many"], "--steps many: expected a number from 1 to 999999"),
        (["--steps"], "--steps needs a value"),
        (["--fast"], "--fast: expected --rows, --rounds, --steps, --modes or --python"),
        (["--python", "/none"], "--python /none: has no PyTorch; type: python3 -m venv .venv"),
      ])
    func mistakes(arguments: [String], message: String) throws {
      let ending = try Self.compare(arguments)
      #expect(ending.status == 2)
      #expect(ending.errorLines.count == 1)
      #expect(ending.errors.hasPrefix("compare-pytorch: \(message)"), "\(ending.errors)")
      #expect(ending.output.isEmpty)
    }

    private static func compare(_ arguments: [String]) throws -> RunningProgram.Ending {
      let script = SmallRun.repository.appending(path: "launch/compare-pytorch").path
      return try RunningProgram([script] + arguments, in: nil, environment: PyTorch.environment).wait(
        seconds: 240)
    }
  }
}
