import Foundation
import Testing

extension EndToEndTests {
  /// Regressions that a minimization has fitted, applied by `lockstep predict`.
  @Suite struct FittedRegressionTests {
    private struct End: Decodable {
      struct HeldOut: Decodable {
        let samples: Int
        let mean_squared_error: Double?
        let r_squared: Double?
        let accuracy: Double?
      }

      let held_out: HeldOut?
    }

    /// Two features, a number and a class.
    private static let rows = (0..<53).map { row in
      let (a, b) = (sin(Double(row)), 1000 + 40 * sin(1.7 * Double(row)))
      let target = 200 + 3 * a - 0.02 * b + 0.1 * sin(5.1 * Double(row))
      return [a, b, target, a - 0.02 * (b - 1000) > 0 ? 1 : 0]
    }

    /// Fits 40 rows, and applies the model to all of them.
    ///
    /// - Parameter target: the column of the targets.
    private func fit(_ objective: String, target: Int) throws -> (heldOut: End.HeldOut, answers: [Answer]) {
      try withTemporaryDirectory { directory in
        let header = ["a", "b", "number", "class"]
        let columns = [0, 1, target]
        let lines = [header] + Self.rows.map { $0.map { "\($0)" } }
        let text = lines.map { line in columns.map { line[$0] }.joined(separator: ",") }
        try Data(text.joined(separator: "\n").utf8).write(to: directory.appending(path: "t.csv"))
        let standardize = target == 2 ? "all" : "features"
        try Data(
          """
          objective: {name: \(objective), penalty: 0.001}
          data: {path: t.csv, standardize: \(standardize), rows: 40, scale_columns: [2, -0.5]}
          method: {name: newton, line_search: backtracking}
          """.utf8
        ).write(to: directory.appending(path: "c.yaml"))
        let ending = try Program.run(ranks: 2, ["minimize", "c.yaml", "--output", "run"], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("held out: 13 rows, "))
        #expect(ending.output.contains("run/model.safetensors"))
        let trajectory = try String(
          contentsOf: directory.appending(path: "run/trajectory.jsonl"), encoding: .utf8)
        let last = try #require(trajectory.split(separator: "\n").last)
        let end = try JSONDecoder().decode(End.self, from: Data(last.utf8))
        let predicted = try Program.run(["predict", "run", "t.csv", "--json"], in: directory)
        try #require(predicted.status == 0, "\(predicted.errors)")
        return (try #require(end.held_out), try Answer.read(predicted.output))
      }
    }

    @Test("the score of the rows that are held out is that of what predict answers, in the table's units")
    func linear() throws {
      let (heldOut, answers) = try fit("linear_regression", target: 2)
      let targets = Self.rows.map { $0[2] }
      let errors = try zip(answers, targets).map { try #require($0.values)[0] - $1 }
      let held = errors.suffix(13)
      let squared = held.reduce(0) { $0 + $1 * $1 } / 13
      #expect(heldOut.samples == 13 && heldOut.accuracy == nil)
      let told = try #require(heldOut.mean_squared_error)
      #expect(abs(told - squared) < 1e-3 * squared, "\(told) \(squared)")
      let mean = targets.suffix(13).reduce(0, +) / 13
      let spread = targets.suffix(13).reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 13
      let explained = try #require(heldOut.r_squared)
      #expect(abs(explained - (1 - squared / spread)) < 1e-5 && explained > 0.98)
    }

    @Test(
      "of classes it is the share of right answers", arguments: ["logistic_regression", "softmax_regression"])
    func classes(name: String) throws {
      let objective = name == "logistic_regression" ? name : "\(name), classes: 2"
      let (heldOut, answers) = try fit(objective, target: 3)
      let right = zip(answers, Self.rows).suffix(13).count { answer, row in
        answer.top?.first?.name == "\(Int(row[3]))"
      }
      let accuracy = try #require(heldOut.accuracy)
      #expect(accuracy == Double(right) / 13 && accuracy > 0.8 && heldOut.r_squared == nil)
    }
  }
}
