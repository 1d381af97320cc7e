import Foundation
import Testing
import Training

@Suite struct OutputDirectoryTests {
  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test("is made with all directories above it and an empty one for checkpoints")
  func new() throws {
    try withTemporaryDirectory { directory in
      let output = OutputDirectory(path: directory + "/a/b/c")
      try output.prepare(overwrites: false)
      #expect(try FileManager.default.contentsOfDirectory(atPath: output.path) == ["checkpoints"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: output.checkpointsPath) == [])
      #expect(output.metricsPath == directory + "/a/b/c/metrics.jsonl")
      #expect(output.manifestPath == directory + "/a/b/c/manifest.json")
    }
  }

  @Test("may exist, with files that are no run's")
  func existing() throws {
    try withTemporaryDirectory { directory in
      try Data("mine".utf8).write(to: URL(filePath: directory + "/notes.txt"))
      try OutputDirectory(path: directory).prepare(overwrites: false)
      #expect(try String(contentsOfFile: directory + "/notes.txt", encoding: .utf8) == "mine")
    }
  }

  @Test(
    "another run is kept, or replaced where that is asked for",
    arguments: ["metrics.jsonl", "manifest.json", "checkpoints/latest"])
  func anotherRun(file: String) throws {
    try withTemporaryDirectory { directory in
      let url = URL(filePath: directory).appending(path: file)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("old".utf8).write(to: url)
      try Data("mine".utf8).write(to: URL(filePath: directory + "/notes.txt"))
      let output = OutputDirectory(path: directory)

      let mistake = #expect(throws: UserMistake.self) { try output.prepare(overwrites: false) }
      let message = try #require(mistake).description
      #expect(message.hasPrefix(directory + ": ") && message.contains("--overwrite"))
      #expect(try Data(contentsOf: url) == Data("old".utf8))

      try output.prepare(overwrites: true)
      #expect(!exists(url.path) && exists(output.checkpointsPath) && exists(directory + "/notes.txt"))
    }
  }

  @Test("a file is refused, asked for or not", arguments: [false, true])
  func file(overwrites: Bool) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/file"
      try Data("mine".utf8).write(to: URL(filePath: path))
      let mistake = #expect(throws: UserMistake.self) {
        try OutputDirectory(path: path).prepare(overwrites: overwrites)
      }
      #expect(try #require(mistake).description.hasPrefix("\(path): is a file"))
      #expect(try Data(contentsOf: URL(filePath: path)) == Data("mine".utf8))
    }
  }

  @Test("what cannot be made tells the system's reason", arguments: ["file/out", "file/deep/out"])
  func impossible(path: String) throws {
    try withTemporaryDirectory { directory in
      try Data().write(to: URL(filePath: directory + "/file"))
      let mistake = #expect(throws: UserMistake.self) {
        try OutputDirectory(path: "\(directory)/\(path)").prepare(overwrites: false)
      }
      #expect(try #require(mistake).description == "\(directory)/\(path): cannot be made: Not a directory")
    }
  }

  @Test("the proposed directory bears the configuration's name and the time in UTC")
  func proposed() {
    let path = OutputDirectory.proposed(
      configuration: "somewhere/lenet-glyphs.yaml", now: Date(timeIntervalSince1970: 86_399))
    #expect(path == "runs/lenet-glyphs-19700101-235959")
  }
}
