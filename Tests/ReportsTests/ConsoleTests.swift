import Foundation
import Reports
import Synchronization
import Testing
import Training

/// What a console has written, by stream.
final class Written: Sendable {
  private let texts = Mutex<[(stream: Console.Stream, text: String)]>([])

  /// What a console is given to write by.
  var write: @Sendable (Console.Stream, String) throws -> Void {
    { [self] stream, text in texts.withLock { $0.append((stream, text)) } }
  }

  /// All that a stream was given.
  func text(_ stream: Console.Stream) -> String {
    texts.withLock { $0.filter { $0.stream == stream }.map(\.text).joined() }
  }

  /// The lines that a terminal shows at the end, and the one that the cursor is in.
  func lines(_ stream: Console.Stream) -> [String] {
    var lines = text(stream).split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.split(separator: Terminal.emptyLine, omittingEmptySubsequences: false).last.map(String.init) ?? ""
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}

/// The console, and what it shows where.
@Suite struct ConsoleTests {

  @Test("elsewhere than on a terminal there are no escape codes, and nothing that changes")
  func plain() throws {
    let written = Written()
    let console = Console(.plain, write: written.write)
    try console.begin("reading the data")
    try console.begin(nil)
    try console.print("first")
    try console.show { _ in "changing" }
    try console.print("warning", to: .errors)
    console.finish()
    #expect(written.text(.output) == "first\n" && written.text(.errors) == "warning\n")
  }

  @Test("lines stand above the changing one, which is gone at the end")
  func terminal() throws {
    let written = Written()
    let console = Console(.terminal(columns: 40), write: written.write)
    try console.print("first")
    try console.show { "at most \($0) columns" }
    #expect(written.lines(.output) == ["first", "at most 39 columns"])
    try console.print("second")
    #expect(written.lines(.output) == ["first", "second", "at most 39 columns"])
    try console.print("a warning", to: .errors)
    #expect(written.lines(.output) == ["first", "second"] && written.lines(.errors) == ["a warning"])
    try console.begin("evaluating")
    #expect(written.lines(.output) == ["first", "second", "evaluating"])
    try console.begin("evaluating test data", done: 3, of: 10)
    Thread.sleep(forTimeInterval: 0.25)
    try console.begin("evaluating test data", done: 7, of: 10)
    #expect(written.lines(.output).last == "evaluating test data: 7 of 10 samples")
    console.finish()
    #expect(written.lines(.output) == ["first", "second"])
    try console.show { _ in "too late" }
    #expect(written.lines(.output) == ["first", "second"])
  }

  @Test("the changing line is drawn a few times a second at most")
  func rate() throws {
    let written = Written()
    let console = Console(.terminal(columns: 40), write: written.write)
    let began = ContinuousClock.now
    for index in 0..<10_000 { try console.show { _ in "\(index)" } }
    let drawn = written.text(.output).split(separator: Terminal.emptyLine).count
    #expect(Double(drawn) <= 1 + began.duration(to: .now) / .milliseconds(200))
  }

  @Test("what takes long shows its seconds while its thread computes")
  func ticking() throws {
    let written = Written()
    let console = Console(.terminal(columns: 40), write: written.write)
    try console.begin("reading the data")
    let end = ContinuousClock.now + .seconds(20)
    while !written.text(.output).contains("reading the data  1 s"), .now < end {
      Thread.sleep(forTimeInterval: 0.05)
    }
    #expect(written.text(.output).contains("reading the data  1 s"))
  }

  @Test("a line is broken at blanks where it does not fit; words stay whole, columns apart")
  func broken() {
    #expect(Terminal.lines("short", columns: 40) == ["short"])
    #expect(
      Terminal.lines("epoch 2  train: loss 1.0000 accuracy 0.7500  8.0 s", columns: 46)
        == ["epoch 2  train: loss 1.0000 acc 0.7500  8.0 s"])
    #expect(
      Terminal.lines("one two three  four five", columns: 14) == ["one two three", "  four five"])
    #expect(Terminal.lines("see /a/path/that/is/long", columns: 12) == ["see", "  /a/path/that/is/long"])
  }

  @Test(
    "a terminal is one where the launcher tells of it, or where the process has it by itself",
    arguments: [
      ([:], 80, 80), ([:], nil, nil), (["NO_COLOR": "1"], 80, nil), (["NO_COLOR": ""], 80, 80),
      (["TERM": "dumb"], 80, nil), (["LOCKSTEP_TERMINAL": "120"], nil, 120),
      (["LOCKSTEP_TERMINAL": "120", "NO_COLOR": "1"], nil, nil),
      (["OMPI_COMM_WORLD_SIZE": "2"], 80, nil),
      (["OMPI_COMM_WORLD_SIZE": "2", "LOCKSTEP_TERMINAL": "100"], 80, 100), ([:], 10, nil),
    ] as [([String: String], Int?, Int?)])
  func columns(environment: [String: String], own: Int?, expected: Int?) {
    #expect(Terminal.columns(environment: environment) { own } == expected)
  }
}

/// The changing line of a training.
@Suite struct ProgressLineTests {
  private var line: ProgressLine {
    var line = ProgressLine(epoch: 2, epochs: 10, step: 12, steps: 47)
    (line.loss, line.accuracy, line.imagesPerSecond, line.secondsLeft) = (0.1, 0.75, 512, 3723)
    return line
  }

  @Test("it has all that there is room for")
  func forms() {
    #expect(
      line.text(columns: 79)
        == "epoch 2/10  step 12/47  ━━┄┄┄┄┄┄┄  loss 0.1000  acc 0.7500  512/s  1:02:03 left")
    #expect(
      line.text(columns: 119)
        == "epoch 2/10  step 12/47  ━━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  loss 0.1000  accuracy 0.7500  "
        + "512 images/s  1:02:03 left")
    var line = line
    line.busy = (0.3, 1, 0.97)
    #expect(
      line.text(columns: 119).hasSuffix("512 images/s  busy 300 ms, rank 1 970 ms  1:02:03 left"))
    line.busy = (0.97, 0, 0.97)
    #expect(line.text(columns: 119).contains("busy 970 ms (slowest)"))
    line.secondsLeft = 200_000
    #expect(line.text(columns: 79).hasSuffix("  2 d 7 h left"))
  }

  @Test("it never has a column more than there are")
  func widths() {
    var line = line
    for large in [false, true] {
      if large {
        (line.epoch, line.epochs, line.step, line.steps) = (10_000, 10_000, 123_456, 123_456)
        (line.loss, line.imagesPerSecond, line.secondsLeft) = (12_345, 1e6, 1e7)
      }
      for columns in 19...200 {
        let text = line.text(columns: columns)
        #expect(text.count <= columns && text.contains("loss"), "\(columns): \(text)")
      }
    }
  }
}
