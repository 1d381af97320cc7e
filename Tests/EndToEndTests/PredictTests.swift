import Foundation
import Testing

/// A line of `lockstep predict --json`.
struct Answer: Decodable {
  struct Class: Decodable {
    let name: String
    let probability: Double
  }

  let input: String
  let top: [Class]?
  let logits: [Double]?
  let values: [Double]?

  static func read(_ output: String) throws -> [Answer] {
    try output.split(separator: "\n").map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
  }
}

extension EndToEndTests {
  /// `lockstep predict`.
  @Suite struct PredictTests {
    /// A model of images in class folders, some of whose names have blanks.
    private func withRun(_ body: (_ directory: URL) throws -> Void) throws {
      try withTemporaryDirectory { directory in
        let configuration = SmallRun.repository.appending(path: "configs/lenet-image-folder.yaml").path
        for arguments in [
          ["draw-images", "images", "--train", "200", "--test", "60"],
          [
            "train", configuration, "--set", "data.path=images", "--set", "epochs=4", "--set",
            "model.classes=12",
            "--output", "run",
          ],
        ] {
          let ending = try Program.run(arguments, in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
        }
        try body(directory)
      }
    }

    @Test("a folder of images gets the classes that the evaluation counts, on any number of ranks")
    func folder() throws {
      try withRun { directory in
        func output(_ arguments: [String], ranks: Int? = nil) throws -> String {
          let ending = try Program.run(ranks: ranks, arguments, in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
          return ending.output
        }
        let text = try output(["predict", "run", "images/test", "--json", "--top", "12"])
        for ranks in [2, 3] {
          let other = try output(["predict", "run", "images/test", "--json", "--top", "12"], ranks: ranks)
          #expect(other == text)
        }
        let answers = try Answer.read(text)
        #expect(answers.count == 60)
        let right = answers.count { answer in
          answer.input.hasPrefix("images/test/\(answer.top?.first?.name ?? "")/")
        }
        let evaluated = try output(["evaluate", "run"])
        #expect(evaluated.contains("accuracy \(Double(right) / 60)  samples 60"))
        for answer in answers {
          let probabilities = answer.top?.map(\.probability) ?? []
          #expect(probabilities == probabilities.sorted(by: >) && abs(probabilities.reduce(0, +) - 1) < 1e-9)
        }
        // A model may have more outputs than there are classes, which have numbers for names.
        for answered in answers.flatMap({ $0.top ?? [] }) {
          #expect(answered.name.hasPrefix("glyph ") || ["10", "11"].contains(answered.name))
        }
        // The training data are not needed, nor are all files.
        try FileManager.default.removeItem(at: directory.appending(path: "images/train"))
        let file = try #require(answers.last?.input)
        let line = try output(["predict", "run", file])
        let best = try #require(answers.last?.top?.first)
        #expect(line == "\(file)  \(best.name) \(String(format: "%.4f", best.probability))\n")
      }
    }

    @Test("bad input is told in one line, on all ranks")
    func mistakes() throws {
      try withRun { directory in
        try Data("no image".utf8).write(to: directory.appending(path: "text.png"))
        try FileManager.default.createDirectory(
          at: directory.appending(path: "empty"), withIntermediateDirectories: false)
        try npy("<f4", [2, 3], Data(count: 24)).write(to: directory.appending(path: "x.npy"))
        for (arguments, words) in [
          (["missing.png"], "missing.png"), (["text.png"], "text.png"), (["empty"], "empty"),
          (["x.npy"], "x.npy[0]: is 3, but the model takes 1×28×28"),
          (["images/test", "--top", "0"], "--top 0: expected a number of at least 1"),
          (["images/test", "--set", "data.resize=30"], "is 1×30×30, but the model takes 1×28×28"),
        ] {
          let ending = try Program.run(ranks: 2, ["predict", "run"] + arguments, in: directory)
          #expect(ending.status == 2 && ending.output == "", "\(arguments)")
          #expect(ending.errors.contains(words), "\(ending.errors)")
          #expect(ending.errors.split(separator: "\n").count == 1, "\(ending.errors)")
        }
      }
    }

    @Test("a table's rows get the names of the classes; its columns are found by their names")
    func table() throws {
      try withTemporaryDirectory { directory in
        func write(_ rows: [String], _ name: String) throws {
          try Data(rows.joined(separator: "\n").utf8).write(to: directory.appending(path: name))
        }
        let numbers = (0..<120).map { (Double($0 % 11), Double($0 * 7 % 13)) }
        try write(
          ["width,height,kind"] + numbers.map { "\($0),\($1),\($0 > $1 ? "broad" : "tall")" }, "t.csv")
        try write(["height,width"] + ["9,1", "1,9"], "new.csv")
        try write(["height,depth"] + ["9,1", "1,9"], "other.csv")
        try write(["9,1,3"], "wide.csv")
        try Data(
          """
          model: {name: sequential, layers: [{linear: 16}, relu, {linear: 2}]}
          data: {name: csv, path: t.csv, target: kind, standardize: features}
          batch: {size: 16, microshards: 4}
          optimizer: {learning_rate: 0.3}
          epochs: 10
          """.utf8
        ).write(to: directory.appending(path: "c.yaml"))
        let training = try Program.run(["train", "c.yaml", "--output", "run"], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let ending = try Program.run(["predict", "run", "new.csv"], in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        let lines = ending.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("new.csv:2  tall ") && lines[1].hasPrefix("new.csv:3  broad "))
        for (file, words) in [
          ("other.csv", "other.csv: has no column width, which the model takes"),
          ("wide.csv", "wide.csv: has 3 columns, but the model takes 2 features; leave out the column"),
        ] {
          let ending = try Program.run(["predict", "run", file], in: directory)
          #expect(ending.status == 2 && ending.errors.contains(words), "\(ending.errors)")
        }
      }
    }
  }
}
