import Datasets
import Foundation
import Testing

@Suite("Samples of tables")
struct TableSamplesTests {
  private func with(_ texts: [String: String], _ body: (_ path: (String) -> String) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      for (name, text) in texts { try writeFile(Array(text.utf8), to: "\(directory)/\(name)") }
      try body { "\(directory)/\($0)" }
    }
  }

  private static let flowers = """
    length,width,kind
    5.1,3.5,setosa
    7.0,3.2,"Versicolor"
    6.3,3.3,virginica
    4.9,3.0,setosa

    6.4,3.2,Versicolor
    """

  @Test("text labels are classes in the order of their bytes, and both splits are all rows, each once")
  func classes() throws {
    try with(["t.csv": Self.flowers]) { path in
      for seed in 0..<8 as Range<UInt64> {
        let samples = TableSamples(path: path("t.csv"), test: .fraction(0.4, seed: seed))
        let (train, test) = (try samples.load(.train), try samples.load(.test))
        #expect(train.count == 3 && test.count == 2 && train.shape == [2])
        #expect(train.target == .classes(3) && test.target == .classes(3))
        var rows: Set<[Float]> = []
        for source in [train, test] {
          for sample in 0..<source.count {
            rows.insert(values(of: source, sample: sample) + [Float(source.label(of: sample))])
          }
        }
        // "V" stands before "s" and "v".
        #expect(rows == [[5.1, 3.5, 1], [7, 3.2, 0], [6.3, 3.3, 2], [4.9, 3, 1], [6.4, 3.2, 0]])
      }
      let firsts = try (0..<8 as Range<UInt64>).map { seed in
        try TableSamples(path: path("t.csv"), test: .fraction(0.4, seed: seed)).load(.test).fingerprint
      }
      #expect(Set(firsts).count > 3, "the seed draws the rows")
    }
  }

  @Test("the target is named by number or name, and may stand anywhere")
  func columns() throws {
    try with(["t.csv": "y,a,b\n1,2,3\n0,5,6\n1,8,9\n"]) { path in
      for target in [TableColumn("1"), TableColumn("y")] {
        let source = try TableSamples(path: path("t.csv"), test: .file(path("t.csv")), target: target).load(
          .test)
        #expect((0..<3).map { values(of: source, sample: $0) } == [[2, 3], [5, 6], [8, 9]])
        #expect((0..<3).map { source.label(of: $0) } == [1, 0, 1])
      }
      let regression = try TableSamples(
        path: path("t.csv"), test: .file(path("t.csv")), target: .name("a"), task: .regression
      ).load(.train)
      #expect((0..<3).map { targets(of: regression, sample: $0) } == [[2], [5], [8]])
    }
  }

  @Test("means and deviations are those of the training samples only")
  func standardization() throws {
    try with(["train.csv": "1,10,0\n3,30,4\n", "test.csv": "5,0,2\n"]) { path in
      var samples = TableSamples(
        path: path("train.csv"), test: .file(path("test.csv")), task: .regression, standardized: .features)
      let (train, test) = (try samples.load(.train), try samples.load(.test))
      #expect(values(of: train, sample: 0) == [-1, -1] && values(of: train, sample: 1) == [1, 1])
      #expect(values(of: test, sample: 0) == [3, -2])
      #expect(targets(of: test, sample: 0) == [2])
      samples.standardized = .all
      let (allTrain, allTest) = (try samples.load(.train), try samples.load(.test))
      #expect(targets(of: allTrain, sample: 1) == [1] && targets(of: allTest, sample: 0) == [0])
    }
  }

  /// Tables that are refused, by the words of the message.
  private static let wrong: [(text: String, test: String?, task: TableSamples.Task, words: String)] = [
    (
      "1,2,0\n1,3,x\n", nil, .classification,
      "t.csv: row 2, column 3: 'x' is no number, but the first target is"
    ),
    (
      "1,2,x\n1,3,0\n", nil, .classification,
      "t.csv: row 2, column 3: '0' is a number, but the first target is none"
    ),
    ("1,2,-1\n1,3,0\n", nil, .classification, "t.csv: row 1, column 3: '-1' is no class"),
    ("1,2,1e300\n1,3,0\n", nil, .classification, "t.csv: row 1, column 3: '1e300' is no class"),
    ("1,2,NA\n1,3,0\n", nil, .classification, "t.csv: row 1, column 3: 'NA' is no target"),
    ("1,2,a\n1,3,b\n", nil, .regression, "t.csv: row 1, column 3: 'a' is not a number"),
    ("1,x,0\n1,3,1\n", nil, .classification, "t.csv: row 1, column 2: 'x' is not a number"),
    (
      "1e39,2,0\n1,3,1\n", nil, .classification,
      "t.csv: row 1, column 1: 1e+39 is out of the range of float32"
    ),
    ("1\n2\n", nil, .classification, "t.csv: has one column; expected features and a target"),
    ("1,2,0\n", nil, .classification, "t.csv: has one row; at least 2 needed"),
    ("1,2,a\n1,2,b\n", "1,2,c\n", .classification, "u.csv: row 1, column 3: 'c' is no class of "),
    ("1,2,0\n1,2,1\n", "1,2\n", .classification, "u.csv: has 2 columns, but"),
    ("a,b,y\n1,2,0\n1,2,1\n", "b,a,y\n1,2,1\n", .classification, "u.csv: column 1 is 'b', but in"),
  ]

  @Test("what is no table of samples is refused by row and column", arguments: wrong)
  func mistakes(text: String, test: String?, task: TableSamples.Task, words: String) throws {
    try with(["t.csv": text, "u.csv": test ?? ""]) { path in
      let error = #expect(throws: DatasetError.self) {
        let samples = TableSamples(
          path: path("t.csv"), test: test == nil ? .fraction(0.5, seed: 0) : .file(path("u.csv")), task: task)
        for split in [DatasetSplit.train, .test] { _ = try samples.load(split) }
      }
      try expectOneLine(error, naming: words)
    }
  }
}
