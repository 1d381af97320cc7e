import Foundation
import LockstepProgram
import Mistakes
import Testing

@Suite struct OutputDirectoryTests {
  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test("is made with all directories above it and an empty one for checkpoints")
  func new() throws {
    try withTemporaryDirectory { directory in
      let output = OutputDirectory(path: directory + "/a/b/c")
      try output.prepare(overwrites: false)
      let made = try FileManager.default.contentsOfDirectory(atPath: output.path)
      #expect(made.sorted() == [".lock", "checkpoints"])
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

  // MARK: - An owner

  private func mistake(_ body: () throws -> Void) throws -> String {
    try #require(throws: UserMistake.self, performing: body).description
  }

  @Test("has one owner at a time, who is named", arguments: [false, true])
  func owner(overwrites: Bool) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/run"
      let first = OutputDirectory(path: path)
      try first.prepare(overwrites: false)
      try Data("mine".utf8).write(to: URL(filePath: first.metricsPath))
      let second = OutputDirectory(path: path)
      let message = try mistake { try second.prepare(overwrites: overwrites) }
      let expected = "\(path): is written to by another run (process \(getpid()) on "
      #expect(message.hasPrefix(expected) && message.hasSuffix("give another --output"), "\(message)")
      #expect(try String(contentsOfFile: first.metricsPath, encoding: .utf8) == "mine")
      first.release()
      #expect(!exists(path + "/.lock"))
      try second.prepare(overwrites: true)
      #expect(!exists(first.metricsPath))
    }
  }

  @Test("what a killed run has left of its lock holds nobody up")
  func leftLock() throws {
    try withTemporaryDirectory { directory in
      try Data("process 1 on elsewhere since 1970\n".utf8).write(to: URL(filePath: directory + "/.lock"))
      let output = OutputDirectory(path: directory)
      try output.prepare(overwrites: false)
      let text = try String(contentsOfFile: directory + "/.lock", encoding: .utf8)
      #expect(text.hasPrefix("process \(getpid()) on "))
    }
  }

  /// What several threads that begin at once have made of a path; those that met a mistake have nothing.
  private func atOnce(_ make: @Sendable () throws -> OutputDirectory) throws -> [OutputDirectory] {
    nonisolated(unsafe) var made: [OutputDirectory] = []
    nonisolated(unsafe) var failures: [any Error] = []
    let lock = NSLock()
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let result = Result(catching: make)
      lock.withLock {
        switch result {
        case .success(let output): made.append(output)
        case .failure(let error): failures.append(error)
        }
      }
    }
    for failure in failures { #expect("\(failure)".contains("is written to by another run"), "\(failure)") }
    return made
  }

  @Test("of many that begin at once in one directory one wins; without a given one each has its own")
  func race() throws {
    try withTemporaryDirectory { directory in
      for round in 0..<20 {
        let path = "\(directory)/\(round)"
        let winners = try atOnce {
          let output = OutputDirectory(path: path)
          try output.prepare(overwrites: true)
          return output
        }
        #expect(winners.count == 1)
        let own = try atOnce { try OutputDirectory.new("\(path)-own") }
        #expect(Set(own.map(\.path)) == Set((1...8).map { $0 == 1 ? "\(path)-own" : "\(path)-own-\($0)" }))
      }
    }
  }

  @Test("what was made and not used goes again, and nothing else")
  func unused() throws {
    try withTemporaryDirectory { directory in
      let output = try OutputDirectory.new("\(directory)/runs/a")
      #expect(exists(output.path))
      output.release()
      #expect(!exists(directory + "/runs") && exists(directory))
      let used = OutputDirectory(path: directory + "/b/c")
      try used.prepare(overwrites: false)
      try Data("mine".utf8).write(to: URL(filePath: used.metricsPath))
      used.release()
      #expect(try FileManager.default.contentsOfDirectory(atPath: used.path) == ["metrics.jsonl"])
    }
  }

  // MARK: - Links

  @Test(
    "links in it are refused by name, wherever they lead; what they lead to is left alone",
    arguments: ["metrics.jsonl", "trajectory.jsonl", "manifest.json", "checkpoints", ".lock"], [false, true])
  func links(name: String, dangling: Bool) throws {
    try withTemporaryDirectory { directory in
      let (path, elsewhere) = (directory + "/run", directory + "/elsewhere")
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      if !dangling { try Data("mine".utf8).write(to: URL(filePath: elsewhere)) }
      try FileManager.default.createSymbolicLink(
        atPath: "\(path)/\(name)", withDestinationPath: elsewhere)
      let message = try mistake { try OutputDirectory(path: path).prepare(overwrites: false) }
      #expect(message.contains(name), "\(message)")
      if name != ".lock" { try OutputDirectory(path: path).prepare(overwrites: true) }
      #expect(exists(elsewhere) == !dangling)
      if !dangling { #expect(try String(contentsOfFile: elsewhere, encoding: .utf8) == "mine") }
    }
  }

  @Test("the directory itself may be a link")
  func linkToDirectory() throws {
    try withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(
        atPath: directory + "/real", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/run", withDestinationPath: directory + "/real")
      let output = OutputDirectory(path: directory + "/run")
      try output.prepare(overwrites: false)
      #expect(exists(directory + "/real/checkpoints"))
    }
  }
}
