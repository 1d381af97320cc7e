import Foundation
import Minimization
import Testing

/// Classifications with and without a minimum.
@Suite struct ExistenceTests {
  /// A classification of `Golden/make_existence.py`.
  struct Case: Decodable {
    var classes: Int
    var features: [[Double]]
    var targets: [Double]
    var is_endless: Bool
    var is_endless_with_penalty: Bool
    var penalty: Double
    var minimum: Double?
    var minimum_with_penalty: Double?
  }

  private func cases() throws -> [Case] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/existence.json")
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }

  private func objective(
    _ features: [[Double]], _ targets: [Double], classes: Int = 2, penalty: Double = 0, width: Int? = nil
  ) throws -> RegressionObjective {
    try RegressionObjective(
      classes == 2 ? .logistic : .softmax(classes: classes),
      data: RegressionData(
        features: features.flatMap { $0 }, featureCount: width ?? features[0].count, targets: targets),
      penalty: penalty, sum: SerialSampleSum())
  }

  private func end(
    _ method: any DescentMethod, _ objective: RegressionObjective, steps: Int = 200
  ) throws -> Minimizer.Result {
    let start = [Double](repeating: 0, count: objective.dimension)
    return try trace(method, objective, from: start, steps: steps, gradientTolerance: 1e-8).result
  }

  /// The direction of an outcome that there is no minimum.
  private func descent(_ outcome: Minimization.Outcome) throws -> EndlessDescent {
    guard case .noMinimum(let descent) = outcome else { throw Unexpected(outcome: outcome) }
    return descent
  }

  private struct Unexpected: Error { var outcome: Minimization.Outcome }

  /// How much higher than each other class a sample's own one is ranked, for all samples.
  private func margins(_ objective: RegressionObjective, _ x: [Double]) -> [Double] {
    let data = objective.data
    return (0..<data.sampleCount).flatMap { sample in
      let features = data.features[sample * data.featureCount..<(sample + 1) * data.featureCount] + [1]
      let width = data.featureCount + 1
      let outputs = (0..<objective.model.outputCount).map { output in
        zip(features, x[output * width..<(output + 1) * width]).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let label = Int(data.targets[sample])
      if outputs.count == 1 { return [label == 1 ? outputs[0] : -outputs[0]] }
      return outputs.indices.filter { $0 != label }.map { outputs[label] - outputs[$0] }
    }
  }

  @Test("SciPy's linear program and ours agree on whether there is a minimum, and SciPy's minima are ours")
  func golden() throws {
    let cases = try cases()
    #expect(cases.count == 80 && cases.count { $0.is_endless } > 20 && cases.count { !$0.is_endless } > 20)
    for (number, sample) in cases.enumerated() {
      for penalty in [0, sample.penalty] {
        let problem = try objective(
          sample.features, sample.targets, classes: sample.classes, penalty: penalty)
        let isEndless = penalty == 0 ? sample.is_endless : sample.is_endless_with_penalty
        let minimum = penalty == 0 ? sample.minimum : sample.minimum_with_penalty
        for method in [Newton(.backtracking()), NewtonConjugateGradients()] as [any DescentMethod] {
          let result = try end(method, problem)
          guard isEndless else {
            #expect(result.outcome == .converged, "case \(number): \(result.outcome)")
            #expect(abs(result.last.value - (try #require(minimum))) < 1e-12, "case \(number)")
            continue
          }
          let descent = try descent(result.outcome)
          guard penalty == 0 else { continue }
          let margins = margins(problem, descent.direction)
          #expect(margins.allSatisfy { $0 > -1e-9 } && margins.contains { $0 > 1e-6 }, "case \(number)")
        }
        // The data decide, not the way that a method has gone.
        let early = try end(GradientDescent(.fixed(1e-3)), problem, steps: 1).outcome
        #expect((early == .stepLimit) != isEndless, "case \(number): \(early)")
      }
    }
  }

  @Test("a column that separates the classes is told, with its threshold")
  func column() throws {
    let features = [[5.0, -1], [4, -2], [7, 1], [6, 3]]
    let complete = try descent(end(Newton(), objective(features, [0, 0, 1, 1])).outcome)
    #expect(complete.kind == .column(feature: 0, threshold: 5.5, isComplete: true))
    #expect(complete.direction == [0.18181818181818182, 0, -1])
    #expect(
      "\(complete)".hasPrefix("feature 1 alone separates the classes at 5.5, so that the loss falls for ever")
    )
    // Both classes at the threshold itself, and at nothing else: one sample beyond it is enough.
    let touching = try descent(end(Newton(), objective([[1], [2], [2], [3]], [1, 1, 0, 0])).outcome)
    #expect(touching.kind == .column(feature: 0, threshold: 2, isComplete: false))
    let negative = try descent(end(Newton(), objective([[1], [2], [2], [3]], [0, 0, 1, 1])).outcome)
    #expect(negative.direction.map { -$0 } == touching.direction)
    // One class of three.
    let third = try objective(
      [[0, 1], [1, 0], [2, 2], [3, 1], [9, 0], [8, 2]], [0, 1, 0, 1, 2, 2], classes: 3)
    #expect(
      try descent(end(NewtonConjugateGradients(), third).outcome).kind
        == .column(feature: 0, threshold: 5.5, isComplete: true))
  }

  @Test("a plane that separates the classes, and one on which samples of both lie")
  func combination() throws {
    // No feature alone does: the sum does.
    let features = [[0.0, 0], [1, -2], [-2, 1], [2, 2], [3, -1], [-1, 4]]
    let problem = try objective(features, [0, 0, 0, 1, 1, 1])
    for method in [Newton(), NewtonConjugateGradients(), GradientDescent(.fixed(0.1))] as [any DescentMethod]
    {
      let found = try descent(end(method, problem).outcome)
      #expect(found.kind == .combination(isComplete: true))
      #expect(margins(problem, found.direction).allSatisfy { $0 > 0 })
    }
    let touching = try objective(
      features + [[1, 0], [0, 1], [-3, 4], [4, -3]], [0, 0, 0, 1, 1, 1, 0, 1, 0, 1])
    let found = try descent(end(Newton(), touching).outcome)
    #expect(found.kind == .combination(isComplete: false))
    #expect(distance(found.direction, [1, 1, -1]) < 1e-9)
    // One sample of the wrong class beyond the plane, and there is a minimum.
    let overlapping = try objective(
      features + [[1, 0], [0, 1], [-3, 4], [4, -3], [3, 3]], [0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0])
    #expect(try end(Newton(.backtracking()), overlapping).outcome == .converged)
  }

  @Test("a class without samples has no minimum even with a penalty: biases are not penalized")
  func missingClass() throws {
    let features = [[1.0], [2], [0]]
    for penalty in [0, 0.1] {
      let one = try descent(end(Newton(), objective(features, [1, 1, 1], penalty: penalty)).outcome)
      #expect(one == EndlessDescent(.missingClass(0), direction: [0, 1]))
      let zero = try descent(end(Newton(), objective(features, [0, 0, 0], penalty: penalty)).outcome)
      #expect(zero == EndlessDescent(.missingClass(1), direction: [0, -1]))
      let two = try descent(
        end(Newton(), objective(features, [0, 2, 0], classes: 3, penalty: penalty)).outcome)
      #expect(two.kind == .missingClass(1) && two.direction == [0, 0, 0, -1, 0, 0])
    }
  }

  @Test("separable classes with a penalty: the closed form of two samples")
  func closedForm() throws {
    // f(w) = log(1 + e^−w) + λ/2 w² by symmetry, so that λ w (1 + e^w) = 1.
    for penalty in [1e-6, 0.01, 1, 100] {
      let problem = try objective([[-1], [1]], [0, 1], penalty: penalty)
      for method in [Newton(.backtracking()), NewtonConjugateGradients()] as [any DescentMethod] {
        let result = try end(method, problem)
        let (w, b) = (result.last.x[0], result.last.x[1])
        #expect(result.outcome == .converged && abs(b) < 1e-7)
        #expect(abs(penalty * w * (1 + exp(w)) - 1) < 1e-5, "λ = \(penalty): \(w)")
      }
    }
  }

  @Test("without features the minimum is the entropy of the classes")
  func entropy() throws {
    let problem = try objective([[], [], [], []], [1, 0, 1, 1], width: 0)
    let result = try end(Newton(), problem)
    #expect(result.outcome == .converged)
    #expect(abs(result.last.value - (-0.75 * log(0.75) - 0.25 * log(0.25))) < 1e-14)
    #expect(abs(result.last.x[0] - log(3)) < 1e-7)
  }

  @Test("units of the columns do not make classes separable, nor hide that they are", arguments: [1e-5, 1e5])
  func units(unit: Double) throws {
    for sample in try cases() where sample.features[0].count >= 2 {
      let features = sample.features.map { row in
        row.enumerated().map { $0 == 0 ? $1 * unit : $0 == 1 ? $1 / unit : $1 }
      }
      let problem = try objective(features, sample.targets, classes: sample.classes)
      let outcome = try end(Newton(.backtracking()), problem).outcome
      if sample.is_endless { _ = try descent(outcome) } else { #expect(outcome.isConverged, "\(outcome)") }
    }
  }
}
