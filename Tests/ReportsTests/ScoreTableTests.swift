import Datasets
import NeuralNetworks
import Records
import Reports
import Testing
import Training

/// Scores as a table and as members of `metrics.jsonl`.
@Suite struct ScoreTableTests {
  /// A source whose classes have names.
  private struct Named: SampleSource {
    let count = 8
    let shape = [1]
    let target = SampleTarget.classes(2)
    let classNames: [String]? = ["cat", "hot dog"]
    let fingerprint: UInt64 = 1
    let description = "8 numbers"
    func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
      input[0] = sample < 4 ? -1 : 1
    }
    func label(of sample: Int) -> Int32 { sample < 4 ? 0 : 1 }
  }

  private func scores(_ data: any SampleSource, outputs: Int, loss: Loss? = nil) throws -> DataScores {
    var experiment = Experiment(model: Sequential(Linear(outputs)), trainingData: data)
    experiment.recipe.batch = Batch(size: 4, microshards: 2)
    if let loss { experiment.recipe.loss = loss }
    experiment.recipe.epochs = 20
    let trainer = try Trainer(experiment)
    try trainer.run()
    return try trainer.evaluate(data)
  }

  @Test("each class has a row, with its name")
  func classes() throws {
    let found = try scores(Named(), outputs: 2)
    #expect(
      ScoreTable.lines(of: found) == [
        "test      samples  precision     recall         F1",
        "cat             4     1.0000     1.0000     1.0000",
        "hot dog         4     1.0000     1.0000     1.0000",
        "top-1 accuracy 1.0000  mean recall 1.0000  mean F1 1.0000",
      ])
    let members = JSON.object(ScoreMembers.members(of: found)).description
    #expect(
      members
        == #"{"macro_f1": 1.0, "balanced_accuracy": 1.0, "classes": ["cat", "hot dog"], "precision": [1.0, 1.0], "#
        + #""recall": [1.0, 1.0], "f1": [1.0, 1.0], "confusion": [[4, 0], [0, 4]]}"#)
  }

  @Test("what a model never answers has no precision, and mistakes are told")
  func mistakes() throws {
    // All samples are the same, and three of four of class 1.
    let data = InMemorySamples(inputs: [1, 1, 1, 1], shape: [1], labels: [0, 1, 1, 1], classes: 2)
    let lines = ScoreTable.lines(of: try scores(data, outputs: 2))
    #expect(lines[1] == "class 0         1          –     0.0000     0.0000")
    #expect(lines.last == "most frequent mistakes: class 0 taken for class 1 (1)")
  }

  @Test("values have R² and errors")
  func values() throws {
    let data = InMemorySamples(inputs: [0, 1, 2, 3], shape: [1], targets: [0, 2, 4, 6], targetCount: 1)
    let lines = ScoreTable.lines(of: try scores(data, outputs: 1, loss: Loss(.squared)))
    #expect(lines.count == 1 && lines[0].hasPrefix("test  R² ") && lines[0].contains("mean absolute error"))
  }
}
