import Foundation
import Testing

extension EndToEndTests {
  /// What reads `metrics.jsonl` as a table, and so what writes Parquet from it: each key has one type in all events.
  ///
  /// The Python with pyarrow is the one of the tests with PyTorch.
  @Suite(.enabled(if: PyArrow.isInstalled, "needs a Python with pyarrow, named by LOCKSTEP_PYTHON"))
  struct PyArrowTests {
    @Test("pyarrow reads the metrics of a run: a row for each event, a column of one type for each key")
    func metricsAreATable() throws {
      try withMetrics { file, metrics in
        let table = try PyArrow.Table(contentsOf: file)
        #expect(table.rows == metrics.events.count)
        #expect(table.events == Dictionary(grouping: metrics.events, by: \.name).mapValues(\.count))
        #expect(table.events["step"] == SmallRun.epochs * SmallRun.stepsPerEpoch)
        // No key is lost, and none is made up.
        #expect(Set(table.columns.keys) == Set(metrics.events.flatMap(\.names)))
        #expect(table.columns["seconds"] == "double")
        let phases = try #require(table.columns["phase_seconds"])
        for phase in ["data", "forward", "backward", "reduction", "update"] {
          #expect(phases.hasPrefix("struct<") && phases.contains("\(phase): double"), "\(phases)")
        }
      }
    }

    @Test("A key of two types is refused", arguments: ["seconds", "loss"])
    func twoTypes(key: String) throws {
      try withMetrics { file, _ in
        let writer = try FileHandle(forWritingTo: file)
        try writer.seekToEnd()
        try writer.write(contentsOf: Data("{\"event\": \"step\", \"\(key)\": {}}\n".utf8))
        try writer.close()
        let ending = try PyArrow.read(file)
        #expect(ending.status == 1 && ending.output.isEmpty)
        #expect(ending.errors.contains("Column(/\(key)) changed from number to object"), "\(ending.errors)")
      }
    }

    /// Calls `body` with the metrics of a small run on two ranks, as a file and as its events.
    private func withMetrics(_ body: (_ file: URL, _ metrics: Metrics) throws -> Void) throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ranks: 2, ["train"] + SmallRun.arguments + ["--output", "run"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let output = directory.appending(path: "run")
        try body(output.appending(path: "metrics.jsonl"), try Metrics(of: output))
      }
    }
  }
}

/// pyarrow, by the script `read_metrics.py`.
private enum PyArrow {
  static let isInstalled: Bool = {
    let check = "import importlib.util, sys; sys.exit(not importlib.util.find_spec('pyarrow'))"
    let ending = try? RunningProgram(
      [PyTorch.python, "-c", check], in: nil, environment: PyTorch.environment
    )
    .wait()
    return ending?.status == 0
  }()

  /// A table as pyarrow makes it of a file of events.
  struct Table: Decodable {
    /// The type of each column by its name, in pyarrow's words: `double`, `struct<data: double>`.
    let columns: [String: String]
    /// How many rows there are.
    let rows: Int
    /// How many of the rows each kind of event has.
    let events: [String: Int]

    init(contentsOf file: URL) throws {
      let ending = try PyArrow.read(file)
      try #require(ending.status == 0, "\(ending.errors)")
      self = try JSONDecoder().decode(Self.self, from: Data(ending.output.utf8))
    }
  }

  /// Lets pyarrow read a file of events.
  static func read(_ file: URL) throws -> RunningProgram.Ending {
    let script = SmallRun.repository.appending(path: "Tests/EndToEndTests/read_metrics.py")
    return try RunningProgram(
      [PyTorch.python, script.path, file.path], in: nil, environment: PyTorch.environment
    )
    .wait()
  }
}
