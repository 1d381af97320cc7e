import Execution
import Foundation
import Records
import Reports
import Testing
import Training

/// The lines of `metrics.jsonl`.
@Suite struct MetricsObserverTests {
  /// The lines that events become.
  private func lines(_ events: [TrainingEvent]) throws -> [String] {
    let path = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString).jsonl")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "of another run\n".write(toFile: path, atomically: true, encoding: .utf8)
    let observer = try MetricsObserver(path: path)
    for event in events { try observer.observe(event) }
    // A reader that follows the file sees each line at once, while the observer still has it open.
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    return withExtendedLifetime(observer) { text.split(separator: "\n").map(String.init) }
  }

  @Test("each event is one JSON object, whose first member names it")
  func events() throws {
    var chain = MetricsChain()
    chain.add(step: 50, loss: 0.1, accuracy: 0.75, learningRate: 0.05)
    let link = chain.next(stateHash: "00000000000abcd")
    #expect(
      try lines(SampleEvents().all) == [
        #"{"event": "run", "model": "lenet", "data": "glyphs", "ranks": 2, "threads": 3, "microshards": 8, "#
          + #""batch": 256, "samples": 12000, "steps_per_epoch": 47, "epochs": 2, "parameters": 44878}"#,
        #"{"event": "warning", "message": "step 3: the loss is nan; the learning rate may be too large"}"#,
        #"{"event": "step", "step": 50, "epoch": 2, "loss": 0.10000000000000001, "accuracy": 0.75, "#
          + #""learning_rate": 0.05, "images_per_second": 512.0, "seconds": 0.5, "phase_seconds": {"data": 0.125, "#
          + #""forward": 0.25, "backward": 0.03125, "reduction": 0.015625, "update": 0.0625}, "#
          + #""state_hash": "00000000000abcd", "skipped": "the loss is nan", "chain": "\#(link)"}"#,
        #"{"event": "epoch", "epoch": 2, "step": 94, "loss": 1.0, "accuracy": 0.75, "seconds": 8.0, "#
          + #""images_per_second": 1500.0}"#,
        #"{"event": "evaluation", "split": "test", "epoch": 2, "step": 94, "loss": 0.25, "accuracy": 0.95, "#
          + #""samples": 2000}"#,
        #"{"event": "checkpoint", "step": 94, "epoch": 2, "path": "runs/x/checkpoints/step-00000094.safetensors", "#
          + #""state_hash": "00000000000ef01", "waiting_seconds": 0.125, "writing_seconds": 0.25}"#,
        #"{"event": "stop", "step": 60, "reason": "max_steps"}"#,
        #"{"event": "end", "step": 94, "seconds": 21.25, "reduction_share": 0.0234, "digest": "0123abcd", "#
          + #""checkpoint": "runs/x/checkpoints/step-00000094.safetensors"}"#,
      ])
  }

  /// The type of a value as a table has it; nil for no value.
  private func type(_ value: JSON) -> String? {
    switch value {
    case .null: nil
    case .boolean: "boolean"
    case .integer: "integer"
    case .number, .precise: "number"
    case .text: "text"
    case .list: "list"
    case .object(let members):
      "object of " + members.map { "\($0.key): \(type($0.value) ?? "null")" }.sorted().joined(separator: ", ")
    }
  }

  /// By key, the types that it has in some events.
  private func types(_ objects: [[(key: String, value: JSON)]]) -> [String: Set<String>] {
    var types: [String: Set<String>] = [:]
    for (key, value) in objects.joined() {
      if let type = type(value) { types[key, default: []].insert(type) }
    }
    return types
  }

  @Test("a key has one type in all events, also where a value is whole, or no number")
  func oneType() throws {
    var events = try SampleEvents()
    let usual = events.all
    (events.step.seconds, events.step.learningRate, events.end.seconds) = (1, 1, 3)
    events.step.metrics = BatchMetrics(lossSum: 256, correct: 256, samples: 256)
    events.epoch.training = BatchMetrics(lossSum: .nan, correct: 0, samples: 2)
    (events.end.exposedCommunication, events.end.checkpointPath) = (0, nil)
    let objects = (usual + events.all).compactMap { MetricsObserver.members(of: $0)?.members }
    for (key, types) in types(objects) { #expect(types.count == 1, "\(key): \(types)") }
    #expect(types(objects).count == 29)
    // What stands in the file is spelled as its type.
    for (key, value) in objects.joined() where type(value) == "number" && "\(value)" != "null" {
      #expect("\(value)".contains { ".e".contains($0) }, "\(key): \(value)")
    }
  }

  @Test("the control: a key of two types would be noticed")
  func twoTypes() {
    let types = types([[("seconds", .number(1))], [("seconds", .object([("data", .number(1))]))]])
    #expect(types["seconds"]?.count == 2)
  }

  @Test("a file that cannot be made is an error with the system's reason")
  func noDirectory() {
    let error = #expect(throws: ReportError.self) { try MetricsObserver(path: "/nowhere/metrics.jsonl") }
    #expect(error?.description == "/nowhere/metrics.jsonl: cannot be written: No such file or directory")
  }

  @Test(
    "a disk that is full ends the run with the system's reason",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func fullDisk() throws {
    let observer = try MetricsObserver(path: "/dev/full")
    let error = #expect(throws: ReportError.self) { try observer.observe(.warned("x")) }
    #expect(error?.description == "/dev/full: cannot be written: No space left on device")
  }

  @Test("a line for which there is no room is taken back, so that the file ends with a whole one")
  func noRoom() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      limit.rlim_cur = 1000
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let path = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(getpid()).jsonl").path
      defer { unlink(path) }
      let file = try MetricsFile(creating: path)
      var lines = 0
      do {
        while lines < 1000 {
          try file.write([("a", .text("0123456789 and more"))])
          lines += 1
        }
      } catch {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        guard text.hasSuffix("}\n"), text.count == lines * text.split(separator: "\n")[0].count + lines,
          lines > 10
        else { exit(1) }
        exit(0)
      }
      exit(2)
    }
  }

  @Test(
    "a link is refused by name, and nothing is made where it leads; a path that the user typed may be one")
  func link() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    let (link, target) = (directory.appending(path: "metrics.jsonl"), directory.appending(path: "elsewhere"))
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
    let error = #expect(throws: ReportError.self) { try MetricsObserver(path: link.path) }
    #expect(error?.description.hasPrefix("\(link.path): cannot be written: it is a link") == true)
    #expect(!FileManager.default.fileExists(atPath: target.path))
    try MetricsFile(creating: link.path, followsLinks: true).write([("a", .integer(1))])
    #expect(try String(contentsOf: target, encoding: .utf8) == "{\"a\": 1}\n")
  }

  @Test("a file that was removed or replaced under the run is noticed at the next checkpoint")
  func removed() throws {
    let events = try SampleEvents()
    let path = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString).jsonl")
      .path
    let observer = try MetricsObserver(path: path)
    try observer.observe(.checkpointed(events.file))
    try FileManager.default.removeItem(atPath: path)
    try observer.observe(.step(events.step))
    let missing = #expect(throws: ReportError.self) { try observer.observe(.checkpointed(events.file)) }
    #expect(missing?.description == "\(path): cannot be written: No such file or directory")
    try Data().write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let other = #expect(throws: ReportError.self) { try observer.observe(.ended(events.end)) }
    #expect(other?.description == "\(path): cannot be written: another file has taken its place")
  }
}
