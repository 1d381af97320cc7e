import Foundation
import Safetensors
import Testing
import Training

/// A run of 40 steps in five epochs on three ranks, with checkpoints and hashes that end no epoch; the last batch of an
/// epoch is short.
struct AuditedRun {
  static let arguments = [
    "train", SmallRun.configuration, "--set", "data.train_samples=500", "--set", "data.test_samples=50",
    "--set", "batch={size: 64, microshards: 8}", "--set", "epochs=5", "--set",
    "checkpoint={every_steps: 10, every_epochs: 100, keep: 100, best: none}", "--set",
    "desync_check.every_steps=5", "--output", "run",
  ]

  /// The bytes of every file, by its path below the output directory.
  let files: [String: Data]

  /// Trains once or, as a run that is interrupted, several times.
  init(ranks: Int = 3, _ parts: [[String]] = [[]]) throws {
    files = try withTemporaryDirectory { directory in
      for part in parts {
        let ending = try Program.run(ranks: ranks, Self.arguments + part, in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
      }
      return try Self.files(of: directory.appending(path: "run"))
    }
  }

  /// Puts a copy into a new directory, lets `body` change it, and runs the program on it.
  func run(
    _ arguments: [String], ranks: Int? = 1, changed body: (_ run: URL) throws -> Void = { _ in }
  ) throws -> RunningProgram.Ending {
    try withTemporaryDirectory { directory in
      try write(to: directory.appending(path: "run"))
      try body(directory.appending(path: "run"))
      let before = try Self.files(of: directory.appending(path: "run"))
      let ending = try Program.run(ranks: ranks, arguments, in: directory)
      #expect(try Self.files(of: directory.appending(path: "run")) == before, "nothing is written")
      return ending
    }
  }

  func write(to output: URL) throws {
    for (path, data) in files {
      let file = output.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: file)
    }
  }

  private static func files(of output: URL) throws -> [String: Data] {
    try Dictionary(
      uniqueKeysWithValues: contents(of: output).compactMap { path in
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(
          atPath: output.appending(path: path).path, isDirectory: &isDirectory)
        return isDirectory.boolValue ? nil : (path, try Data(contentsOf: output.appending(path: path)))
      })
  }
}

/// Changes one line of a log: the one that begins with `beginning`, or else the first that contains it.
func changeLine(of run: URL, _ beginning: String, _ change: (inout [String]) throws -> Void) throws {
  let file = run.appending(path: "metrics.jsonl")
  var lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
  let index = try #require(lines.firstIndex { $0.contains(beginning) })
  var changed = [lines[index]]
  try change(&changed)
  lines.replaceSubrange(index...index, with: changed)
  try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
}

/// Adds one to the last digit of a value in a line of a log.
func changeDigit(of run: URL, _ key: String, in beginning: String) throws {
  try changeLine(of: run, beginning) { lines in
    let found = try #require(lines[0].range(of: "\"\(key)\": "))
    let end = try #require(lines[0][found.upperBound...].firstIndex { ",}".contains($0) })
    let last = try #require(lines[0][..<end].lastIndex { $0.isHexDigit })
    lines[0].replaceSubrange(last...last, with: lines[0][last] == "1" ? "2" : "1")
  }
}

/// Changes one element of a tensor of a checkpoint's file, and gives the file the checksum of its new content.
func changeElement(_ index: Int, of tensor: String, in file: URL) throws {
  var content = try TensorFile(contentsOf: file.path)
  let old = try #require(content[tensor])
  var values = try #require(old.elements(as: Float.self))
  values[index] = values[index].nextUp
  content[tensor] = Tensor(values, shape: old.shape)
  Checkpoint.seal(&content)
  try content.write(to: file.path)
}
