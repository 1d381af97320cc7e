import Foundation
import Testing

extension EndToEndTests {
  /// Training on NumPy's arrays and on tables: it learns, and the ranks change no bit.
  @Suite struct ArrayAndTableTests {
    /// A folder of arrays and tables, in which a configuration lies beside them.
    private func withData(_ body: (_ directory: URL) throws -> Void) throws {
      try withTemporaryDirectory { directory in
        for split in ["train", "test"] { try writeArrays(split, to: directory) }
        var rows = ["width,\"height, in m\",kind"]
        for row in 0..<120 {
          let (width, height) = (Double(row % 11), Double(row * 7 % 13))
          rows.append("\(width),\"\(height)\",\(width > height ? "broad" : "tall")")
        }
        try Data(rows.joined(separator: "\r\n").utf8).write(to: directory.appending(path: "table.csv"))
        let numbers = (0..<90).map { "\($0 % 7),\($0 * 5 % 11),\(500 + 2 * ($0 % 7) - $0 * 5 % 11)" }
        try Data((["a,b,weight"] + numbers).joined(separator: "\n").utf8)
          .write(to: directory.appending(path: "weights.csv"))
        try body(directory)
      }
    }

    private func bits(
      _ configuration: String, in directory: URL, ranks: Int?, _ arguments: [String] = []
    ) throws -> Bits {
      let (file, output) = (
        directory.appending(path: "c.yaml"), directory.appending(path: "run-\(UUID().uuidString)")
      )
      try Data(configuration.utf8).write(to: file)
      let ending = try Program.run(
        ranks: ranks, ["train", file.path, "--output", output.path] + arguments, in: directory)
      try #require(ending.status == 0, "\(ending.errors)")
      return try Bits(of: output)
    }

    private static let images = """
      model: {name: lenet, classes: 4}
      data: {name: npz, path: ., normalize: {mean: 0.3, std: 0.2}, augment: {crop_padding: 1}}
      batch: {size: 16, microshards: 8}
      optimizer: {learning_rate: 0.05}
      epochs: 2
      """
    private static let classes = """
      model: {name: sequential, layers: [{linear: 16}, relu, {linear: 2}]}
      data: {name: csv, path: table.csv, target: kind, standardize: features, test_fraction: 0.25}
      batch: {size: 16, microshards: 8}
      optimizer: {learning_rate: 0.3}
      epochs: 2
      """
    private static let numbers = """
      model: {name: sequential, layers: [{linear: 16}, sigmoid, {linear: 1}]}
      data: {name: csv, path: weights.csv, target: weight, task: regression, standardize: all, test_path: weights.csv}
      loss: {name: squared}
      batch: {size: 16, microshards: 8}
      optimizer: {learning_rate: 0.1}
      epochs: 2
      """

    @Test("any number of ranks and threads, the same bits", arguments: [images, classes, numbers])
    func sameBits(configuration: String) throws {
      try withData { directory in
        let reference = try bits(configuration, in: directory, ranks: nil)
        #expect(try reference.learns)
        for ranks in 1...4 {
          #expect(
            try bits(configuration, in: directory, ranks: ranks, ["--set", "threads=\(1 + ranks % 2)"])
              == reference)
        }
        // What another seed draws is another split, among others.
        #expect(
          try bits(configuration, in: directory, ranks: 2, ["--set", "seed=1"]).digest != reference.digest)
      }
    }

    @Test("a run goes on after a stop, evaluates, and notices that the data have changed")
    func resume() throws {
      try withData { directory in
        let whole = try bits(Self.classes, in: directory, ranks: 1)
        func run(_ arguments: String...) throws -> RunningProgram.Ending {
          try Program.run(ranks: 2, arguments, in: directory)
        }
        let train = ["train", "c.yaml", "--output", "stopped"]
        #expect(try Program.run(ranks: 2, train + ["--max-steps", "7"], in: directory).status == 0)
        let table = directory.appending(path: "table.csv")
        let text = try String(contentsOf: table, encoding: .utf8)
        let other = text.replacing("\r\n3.0,", with: "\r\n3.5,")
        try #require(other != text)
        try Data(other.utf8).write(to: table)
        let changed = try Program.run(ranks: 1, train + ["--resume", "auto"], in: directory)
        #expect(changed.status == 2 && changed.errorLines.count == 1, "\(changed.errors)")
        #expect(changed.errors.contains("table.csv"), "\(changed.errors)")
        try Data(text.utf8).write(to: table)
        let resumed = try Program.run(ranks: 3, train + ["--resume", "auto"], in: directory)
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try Bits(of: directory.appending(path: "stopped")).digest == whole.digest)
        #expect(try run("evaluate", "stopped").status == 0)
      }
    }
  }
}
