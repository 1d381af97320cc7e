import Foundation
import Mistakes
import Records

/// One training of an experiment of many: started by `lockstep launch` as a user would, in a process of its own.
struct TrainingJob: Sendable {
  /// The configuration's file.
  var configuration: String
  /// Changes of the configuration, each `KEY=VALUE`; of two of one key the later one counts.
  var changes: [String] = []
  /// How many ranks train.
  var ranks = 1
  /// Open MPI's host file; nil for this machine.
  var hostFile: String?
  /// The output directory.
  var output: String
  /// Further arguments of `lockstep train`.
  var arguments: [String] = []

  /// How a training ended.
  struct Ending: Sendable {
    /// The exit status.
    var status: Int32
    /// What it took, in seconds, its start included.
    var seconds: Double
    /// What it said on standard error.
    var messages: String
  }

  /// Trains, and waits for the end.
  ///
  /// - Throws: `UserMistake` if the program cannot be started.
  func run() throws(UserMistake) -> Ending {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: LaunchOptions.ownPath)
    process.arguments =
      ["launch", "-n", "\(ranks)"] + (hostFile.map { ["--hostfile", $0] } ?? []) + [
        "train", configuration, "--output", output,
      ] + changes.flatMap { ["--set", $0] } + arguments
    // A pipe would be inherited by other jobs that start at the same time, and not end before they do.
    let errors = FileManager.default.temporaryDirectory.appending(path: "lockstep-job-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: errors) }
    guard FileManager.default.createFile(atPath: errors.path, contents: nil),
      let file = FileHandle(forWritingAtPath: errors.path)
    else { throw UserMistake("\(errors.path): cannot be written") }
    process.standardInput = FileHandle.nullDevice
    // All that is wanted stands in the run's own files.
    process.standardOutput = FileHandle.nullDevice
    process.standardError = file
    let began = ContinuousClock.now
    do { try process.run() } catch {
      throw UserMistake("\(LaunchOptions.ownPath): cannot be started: \(error.localizedDescription)")
    }
    process.waitUntilExit()
    let text = FileManager.default.contents(atPath: errors.path) ?? Data()
    return Ending(
      status: process.terminationStatus, seconds: (ContinuousClock.now - began) / .seconds(1),
      messages: String(decoding: text, as: UTF8.self))
  }

  /// Trains, and reads what the run has left.
  ///
  /// - Throws: `UserMistake` if the user's input is at fault; `TrainingJobFailure` if the run ended otherwise than it should.
  func completed() throws -> RunRecord {
    let ending = try run()
    guard ending.status == 0 else { throw failure(ending) }
    return try RunRecord(output)
  }

  /// What is to be said of a run that has failed: what it said itself.
  func failure(_ ending: Ending) -> any Error {
    let lines = ending.messages.split(separator: "\n").map(String.init)
    let said = lines.last { $0.hasPrefix("lockstep: ") }.map { String($0.dropFirst("lockstep: ".count)) }
    let text = said ?? lines.last ?? "ended with status \(ending.status), without a word"
    return ending.status == 2 ? UserMistake(text) : TrainingJobFailure(description: "\(output): \(text)")
  }
}

/// A training of an experiment failed, which is not the user's mistake.
struct TrainingJobFailure: Error, CustomStringConvertible {
  let description: String
}

extension RunRecord {
  /// The digest of the weights that the run ended with; nil if it has not ended.
  var digest: String? { log.end?.word("digest") }
}
