import DataParallel
import Datasets
import Execution
import MPI
import NeuralNetworks
import Testing
import Training

/// Counts of answers by class, against scikit-learn 1.x: `confusion_matrix`, `precision_recall_fscore_support`,
/// `f1_score(average="macro")`, `balanced_accuracy_score`, `top_k_accuracy_score(k=5)`.
@Suite struct ClassScoresTests {
  private static let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 6, 6]

  private static var scores: ClassScores {
    var scores = ClassScores(classCount: 7)
    for (sample, label) in labels.enumerated() {
      let outputs = (0..<7).map { index in
        let number = (sample * 7919 + index * 104_729 + sample * index * 31) % 997
        return Float(number) / 16
      }
      scores.add(outputs, label: label)
    }
    return scores
  }

  @Test("the confusion matrix has a row for each class")
  func confusion() {
    #expect(
      Self.scores.confusion == [
        [1, 2, 0, 0, 0, 0, 1], [0, 3, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 2, 0, 0],
      ])
    #expect(Self.scores.count(of: 0, answeredAs: 1) == 2 && Self.scores.sampleCount == 12)
  }

  @Test("precision, recall and F1 of each class; what has no sample and no answer has none")
  func classes() {
    let classes = Self.scores.classes
    #expect(classes.map(\.samples) == [4, 3, 2, 1, 0, 0, 2])
    #expect(classes.map(\.precision) == [1, 3.0 / 7, nil, nil, 0, 0, 0])
    #expect(classes.map(\.recall) == [0.25, 1, 0, 0, nil, nil, 0])
    #expect(classes.map(\.f1) == [0.4, 0.6, 0, 0, 0, 0, 0])
  }

  @Test("the means")
  func means() throws {
    #expect(abs(Self.scores.macroF1 - 0.14285714285714285) < 1e-15)
    #expect(abs(Self.scores.meanRecall - 0.25) < 1e-15)
    #expect(abs(Self.scores.accuracy - 0.3333333333333333) < 1e-15)
    let five = try #require(Self.scores.topFiveAccuracy)
    #expect(abs(five - 0.75) < 1e-15)
    #expect(ClassScores(classCount: 5).topFiveAccuracy == nil)
  }

  @Test("a majority class alone looks like success in accuracy only")
  func majority() {
    var scores = ClassScores(classCount: 2)
    for sample in 0..<100 { scores.add([1, 0], label: sample < 95 ? 0 : 1) }
    #expect(scores.accuracy == 0.95 && scores.meanRecall == 0.5 && scores.macroF1 < 0.49)
  }

  @Test("of equal outputs the first is the answer; what is not a number is never right")
  func ties() {
    var scores = ClassScores(classCount: 6)
    scores.add([1, 1, 1, 1, 1, 1], label: 0)
    scores.add([1, 1, 1, 1, 1, 1], label: 5)
    #expect(scores.count(of: 5, answeredAs: 0) == 1 && scores.amongFive == 1)
    scores.add([.nan, .nan, .nan, .nan, .nan, .nan], label: 3)
    #expect(scores.amongFive == 1 && scores.count(of: 3, answeredAs: 3) == 0)
  }

  @Test("the most frequent mistakes come first")
  func mistakes() {
    let mistakes = Self.scores.mistakes(atMost: 3)
    #expect(mistakes.map(\.count) == [2, 2, 1])
    #expect(mistakes.map(\.label) == [0, 6, 0] && mistakes.map(\.answer) == [1, 4, 6])
  }
}

extension RanksTests {
  /// Scores of a whole data set, which no number of ranks changes.
  @Suite struct ScoresTests {
    /// Points of a plane with two values each; the last batch is short.
    private static let inputs = numbers(factor: 53, modulus: 41)
    private static let targets = numbers(factor: 37, modulus: 23)

    private static func numbers(factor: Int, modulus: Int) -> [Float] {
      (0..<74).map { index in
        let number = index * factor % modulus
        return Float(number) / 20 - 1
      }
    }

    private func experiment(_ data: any SampleSource) -> Experiment {
      var experiment = Experiment(model: Sequential(Linear(2)), trainingData: data, testData: data)
      experiment.recipe.loss = data.target == .values(2) ? Loss(.squared) : experiment.recipe.loss
      experiment.recipe.batch = Batch(size: 16, microshards: 5)
      experiment.recipe.epochs = 1
      return experiment
    }

    @Test("of values: R², squared and absolute errors as they are defined, the same bits on any ranks")
    func values() throws {
      try MPIEnvironment.withTestWorld { world in
        let data = InMemorySamples(inputs: Self.inputs, shape: [2], targets: Self.targets, targetCount: 2)
        let alone = try Trainer(experiment(data), on: .quick()).evaluate(data)
        let found = try Trainer(experiment(data), on: .quick(), ranks: MPIRanks(world)).evaluate(data)
        #expect(found == alone)

        let state = try Trainer(experiment(data), on: .quick()).state()
        func floats(_ name: String) throws -> [Float] {
          let tensor = try #require(state.model.first { $0.name == name })
          guard case .floats(let values) = tensor.elements else { return [] }
          return values
        }
        let (weight, bias) = (try floats("0.weight"), try floats("0.bias"))
        let values = try #require(found.values)
        for output in 0..<2 {
          let pairs = (0..<37).map { sample -> (target: Double, answer: Double) in
            let first: Float = weight[2 * output] * Self.inputs[2 * sample]
            let second: Float = weight[2 * output + 1] * Self.inputs[2 * sample + 1]
            let answer = first + second + bias[output]
            return (Double(Self.targets[2 * sample + output]), Double(answer))
          }
          let mean = pairs.reduce(0) { $0 + $1.target } / 37
          var (residual, total, absolute) = (0.0, 0.0, 0.0)
          for pair in pairs {
            residual += (pair.target - pair.answer) * (pair.target - pair.answer)
            total += (pair.target - mean) * (pair.target - mean)
            absolute += abs(pair.target - pair.answer) / 37
          }
          let determination = try #require(values.determinations[output])
          #expect(abs(determination - (1 - residual / total)) < 1e-6)
          #expect(abs(values.meanSquaredErrors[output] - residual / 37) < 1e-6)
          #expect(abs(values.meanAbsoluteErrors[output] - absolute) < 1e-6)
        }
      }
    }

    @Test("of classes: counts of all samples, the same on any ranks, and the accuracy of the metrics")
    func classes() throws {
      try MPIEnvironment.withTestWorld { world in
        let labels = (0..<37).map { Int32($0 * 5 % 7 % 2) }
        let data = InMemorySamples(inputs: Self.inputs, shape: [2], labels: labels, classes: 2)
        let alone = try Trainer(experiment(data), on: .quick()).evaluate(data)
        let found = try Trainer(experiment(data), on: .quick(), ranks: MPIRanks(world)).evaluate(data)
        #expect(found == alone)
        let classes = try #require(found.classes)
        #expect(classes.sampleCount == 37 && classes.accuracy == found.metrics.accuracy)
        #expect(
          classes.classes.map(\.samples) == [
            labels.filter { $0 == 0 }.count, labels.filter { $0 == 1 }.count,
          ])
      }
    }

    @Test("stand at the end of a run, but not where steps were taken since")
    func atTheEnd() throws {
      let data = InMemorySamples(
        inputs: Self.inputs, shape: [2], labels: (0..<37).map { Int32($0 % 2) }, classes: 2)
      #expect(try Trainer(experiment(data), on: .quick()).run().test?.classes?.sampleCount == 37)
      #expect(try Trainer(experiment(data), on: .quick()).run(maxSteps: 1).test == nil)
    }
  }
}
