import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension EndToEndTests {
  /// What a training shows while it goes on, in a terminal, a pipe and a file.
  @Suite struct ProgressTests {
    private static let training = ["train"] + SmallRun.arguments + ["--output", "run"]

    /// What a terminal is given by the program, standard error included, and its status.
    private func shown(
      columns: Int, _ arguments: [String], variables: [String: String] = [:]
    ) throws -> (status: Int32, text: String) {
      try withTemporaryDirectory { directory in
        try PseudoTerminal(columns: columns).run(
          [Program.binary.path] + arguments, in: directory,
          environment: Program.environment.merging(["TERM": "xterm"]) { $1 }.merging(variables) { $1 })
      }
    }

    @Test(
      "in a terminal no line is wider than it, with mpirun and without, and what changes is gone at the end",
      arguments: [80, 120], [[], ["launch", "-n", "2"]])
    func terminal(columns: Int, launch: [String]) throws {
      let (status, text) = try shown(columns: columns, launch + Self.training)
      #expect(status == 0, "\(text)")
      let lines = text.replacing("\r\n", with: "\n").split(separator: "\n")
      var changing: [Substring] = []
      for line in lines {
        let pieces = line.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false)
        // What is not taken away again is a line for good, and what is was shown in the last line.
        changing += pieces.dropLast()
        for piece in pieces {
          #expect(piece.count <= columns && !piece.contains { "\r\u{1B}".contains($0) }, "\(piece)")
        }
      }
      #expect(changing.contains { $0.hasPrefix("epoch 2/2  step ") }, "\(text.debugDescription)")
      #expect(changing.contains { $0.hasPrefix("reading the data") })
      let stays = lines.map { $0.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false).last ?? "" }
      #expect(stays.filter { $0.hasPrefix("epoch 2  train: ") }.count == 1, "\(stays)")
      #expect(stays.contains { $0.hasPrefix("digest ") })
      #expect(!stays.joined().contains("images/s"))
    }

    @Test("NO_COLOR makes a terminal's lines those of a file", arguments: [[], ["launch", "-n", "2"]])
    func noColor(launch: [String]) throws {
      let (status, text) = try shown(columns: 80, launch + Self.training, variables: ["NO_COLOR": "1"])
      #expect(status == 0 && !text.contains("\u{1B}"), "\(text.debugDescription)")
      #expect(text.contains("step 6/6  loss "))
    }

    @Test(
      "a pipe is given lines without escape codes, and --quiet nothing",
      arguments: [[], ["launch", "-n", "2"]])
    func pipe(launch: [String]) throws {
      try withTemporaryDirectory { directory in
        func output(_ arguments: [String]) throws -> String {
          let ending = try Program.run(
            ranks: nil, launch + Self.training + ["--overwrite"] + arguments, in: directory)
          #expect(ending.status == 0, "\(ending.errors)")
          return ending.output
        }
        let text = try output([])
        #expect(!text.contains { "\r\u{1B}".contains($0) } && text.contains("step 6/6  loss "), "\(text)")
        #expect(try output(["--quiet"]) == "")
      }
    }

    @Test("a rank that computes for longer than the others is named, by log and metrics")
    func straggler() throws {
      try withTemporaryDirectory { directory in
        let delays = (1...5).flatMap { ["--inject", "delay:rank=1,step=\($0),milliseconds=400"] }
        let ending = try Program.run(ranks: 3, Self.training + delays, in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("(slowest: rank 1, "), "\(ending.output)")
        #expect(ending.output.contains("the others wait for rank 1: it computes "), "\(ending.output)")
        let path = directory.appending(path: "run/metrics.jsonl")
        let steps = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").compactMap {
          try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        let timed = try #require(steps.first { $0["rank_seconds"] != nil })
        #expect(timed["rank_steps"] as? Int == SmallRun.stepsPerEpoch)
        let seconds = try #require(timed["rank_seconds"] as? [String: [Double]])
        let (total, waiting) = (try #require(seconds["total"]), try #require(seconds["reduction"]))
        #expect(total.count == 3 && seconds.count == 6)
        #expect(total[1] - waiting[1] >= 2 && waiting[0] >= 1 && waiting[2] >= 1, "\(seconds)")
      }
    }
  }
}

/// A terminal of some columns, whose user is the test.
private struct PseudoTerminal {
  let columns: Int

  struct Unavailable: Error {}

  /// Runs a program whose output and errors go to the terminal, and collects what that is given.
  func run(
    _ command: [String], in directory: URL, environment: [String: String]
  ) throws -> (status: Int32, text: String) {
    var (controller, terminal): (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&controller, &terminal, nil, nil, &size) == 0 else { throw Unavailable() }
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = directory
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: terminal)
    process.standardError = FileHandle(fileDescriptor: terminal)
    try process.run()
    close(terminal)
    // The end is an error: nobody has the terminal open any more.
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(controller, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    close(controller)
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
  }
}
