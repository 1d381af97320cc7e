import Foundation
import Testing

/// What `lockstep minimize` has printed and left behind.
struct MinimizationOutput {
  let ending: RunningProgram.Ending
  let trajectory: Metrics
  /// By name, the pictures.
  let pictures: [String: String]

  /// The points, in their order.
  var iterates: [Metrics.Event] { trajectory.events("iterate") }

  /// How the run ended.
  var end: Metrics.Event {
    get throws { try #require(trajectory.events("end").last) }
  }

  /// Everything that must be the same for any number of ranks: all lines but the first, without seconds.
  var bits: [String] {
    trajectory.events.dropFirst().map { $0.text.replacing(/, "seconds": [^,}]*/, with: "") }
  }

  /// The configurations that ship with the program.
  static let configurations = SmallRun.repository.appending(path: "configs/minimize")

  /// Minimizes as a shipped configuration says, with changes.
  static func run(_ name: String, ranks: Int? = 1, _ changes: String...) throws -> MinimizationOutput {
    try run(configuration: configurations.appending(path: "\(name).yaml").path, ranks: ranks, changes)
  }

  /// Minimizes as a text says.
  static func run(text: String, ranks: Int? = 1) throws -> MinimizationOutput {
    try withTemporaryDirectory { directory in
      let file = directory.appending(path: "c.yaml")
      try Data(text.utf8).write(to: file)
      return try run(configuration: file.path, ranks: ranks, [])
    }
  }

  private static func run(
    configuration: String, ranks: Int?, _ changes: [String]
  ) throws -> MinimizationOutput {
    try withTemporaryDirectory { directory in
      let output = directory.appending(path: "run")
      let ending = try Program.run(
        ranks: ranks,
        ["minimize", configuration, "--output", output.path] + changes.flatMap { ["--set", $0] })
      try #require(FileManager.default.fileExists(atPath: output.path), "\(ending.errors)")
      var pictures: [String: String] = [:]
      for name in contents(of: output) where name.hasSuffix(".svg") {
        pictures[name] = try String(contentsOf: output.appending(path: name), encoding: .utf8)
      }
      return MinimizationOutput(
        ending: ending, trajectory: try Metrics(of: output, file: "trajectory.jsonl"), pictures: pictures)
    }
  }
}
