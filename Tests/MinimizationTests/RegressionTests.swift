import Foundation
import Minimization
import Testing

@Suite struct RegressionTests {
  @Test("linear regression: Newton's method needs one step, and the residuals are orthogonal to the features")
  func normalEquations() throws {
    let data = try syntheticData()
    let objective = try RegressionObjective(.linear, data: data, sum: SerialSampleSum())
    let (iterates, result) = try trace(
      Newton(), objective, from: [0, 0, 0, 0], steps: 5, gradientTolerance: 1e-12)
    #expect(result.outcome == .converged && iterates.count == 2)
    let residuals = (0..<data.sampleCount).map { sample in
      (0..<3).reduce(result.last.x[3] - data.targets[sample]) {
        $0 + result.last.x[$1] * data.features[sample * 3 + $1]
      }
    }
    for feature in 0..<3 {
      let inner = residuals.indices.reduce(0) { $0 + residuals[$1] * data.features[$1 * 3 + feature] }
      #expect(abs(inner) < 1e-11)
    }
    #expect(abs(residuals.reduce(0, +)) < 1e-11)
    #expect(abs(residuals.reduce(0) { $0 + $1 * $1 } / 206 - result.last.value) < 1e-14)
  }

  @Test("two classes by softmax are logistic regression on the difference of their outputs")
  func softmaxOfTwo() throws {
    let data = try classes(try syntheticData(), 2)
    let logistic = try RegressionObjective(.logistic, data: data, sum: SerialSampleSum())
    let softmax = try RegressionObjective(.softmax(classes: 2), data: data, sum: SerialSampleSum())
    let (first, second) = (normals(4, seed: 21), normals(4, seed: 22))
    let difference = zip(second, first).map { $0 - $1 }
    let value = try softmax.value(at: first + second)
    #expect(abs(value - (try logistic.value(at: difference))) < 1e-14)
    let gradient = try softmax.gradient(at: first + second)
    #expect(distance(Array(gradient[4...]), try logistic.gradient(at: difference)) < 1e-14)
    #expect(distance(gradient[..<4].map { -$0 }, Array(gradient[4...])) < 1e-14)
  }

  @Test("outputs of any size have a finite loss", arguments: [-1e4, 1e4])
  func extremes(weight: Double) throws {
    let data = try RegressionData(features: [1, 1], featureCount: 1, targets: [0, 1])
    let logistic = try RegressionObjective(.logistic, data: data, sum: SerialSampleSum())
    // One of the two samples is wrong by all of the weight.
    #expect(try logistic.value(at: [weight, 0]) == 5000)
    let slope = weight > 0 ? 0.5 : -0.5
    #expect(try logistic.gradient(at: [weight, 0]) == [slope, slope])
    let softmax = try RegressionObjective(.softmax(classes: 2), data: data, sum: SerialSampleSum())
    #expect(try softmax.value(at: [weight, 0, 0, 0]) == 5000)
    #expect(try softmax.hessian(at: [weight, 0, 0, 0]).elements.allSatisfy { $0.isFinite })
  }

  @Test("the penalty is λ/2 ‖W‖²; biases are free")
  func penalty() throws {
    let pairs = try regressions()
    for (plain, penalized) in zip(pairs[..<3], pairs[3...]) {
      let x = normals(plain.dimension, seed: 23)
      let weights = x.enumerated().map { $0 % 4 == 3 ? 0 : $1 }
      let difference = try penalized.value(at: x) - plain.value(at: x)
      #expect(abs(difference - 0.05 * weights.reduce(0) { $0 + $1 * $1 }) < 1e-14)
      let gradients = zip(try penalized.gradient(at: x), try plain.gradient(at: x)).map { $0 - $1 }
      #expect(distance(gradients, weights.map { 0.1 * $0 }) < 1e-14)
      let hessians = zip(
        try penalized.hessian(at: x).diagonal, try plain.hessian(at: x).diagonal
      ).map { $0 - $1 }
      #expect(distance(hessians, x.indices.map { $0 % 4 == 3 ? 0 : 0.1 }) < 1e-14)
    }
  }

  @Test("the gradient is the mean of the batches' gradients, weighted by their sizes")
  func batches() throws {
    for objective in try regressions() {
      let x = normals(objective.dimension, seed: 24)
      var mean = [Double](repeating: 0, count: x.count)
      for batch in [0..<40, 40..<41, 41..<103] {
        let gradient = try objective.gradient(at: x, samples: Array(batch))
        for index in x.indices { mean[index] += gradient[index] * Double(batch.count) / 103 }
      }
      #expect(distance(mean, try objective.gradient(at: x)) < 1e-14)
      #expect(try objective.gradient(at: x, samples: Array(0..<103)) == objective.gradient(at: x))
    }
  }

  @Test("bad data are named")
  func errors() {
    #expect(throws: MinimizationError.noSamples) {
      try RegressionData(features: [], featureCount: 2, targets: [])
    }
    #expect(throws: MinimizationError.featureCountMismatch(found: 3, samples: 2, features: 2)) {
      try RegressionData(features: [1, 2, 3], featureCount: 2, targets: [1, 2])
    }
    #expect {
      try RegressionData(features: [1, 2, 3, .nan], featureCount: 2, targets: [1, 2])
    } throws: {
      "\($0)" == "feature 1 of sample 1 is nan; all features must be finite"
    }
    #expect(throws: MinimizationError.targetNotFinite(sample: 1, value: .infinity)) {
      try RegressionData(features: [1, 2], featureCount: 1, targets: [1, .infinity])
    }
    for (model, target) in [
      (.logistic, 2), (.logistic, 0.5), (.softmax(classes: 3), 3), (.softmax(classes: 3), -1),
    ] as [(RegressionModel, Double)] {
      #expect(throws: MinimizationError.self) {
        let data = try RegressionData(features: [1], featureCount: 1, targets: [target])
        _ = try RegressionObjective(model, data: data, sum: SerialSampleSum())
      }
    }
    #expect(throws: MinimizationError.tooFewClasses(1)) {
      let data = try RegressionData(features: [1], featureCount: 1, targets: [0])
      _ = try RegressionObjective(.softmax(classes: 1), data: data, sum: SerialSampleSum())
    }
  }

  @Test("slopes of well-fitted samples keep their digits, whatever the class")
  func slopes() throws {
    let data = try RegressionData(features: [-1, 1], featureCount: 1, targets: [0, 1])
    let expected = -exp(-40.0) / (1 + exp(-40.0))
    let logistic = try RegressionObjective(.logistic, data: data, sum: SerialSampleSum())
    let gradient = try logistic.gradient(at: [40, 0])
    #expect(abs(gradient[0] / expected - 1) < 1e-15 && gradient[1] == 0)
    let softmax = try RegressionObjective(.softmax(classes: 2), data: data, sum: SerialSampleSum())
    let both = try softmax.gradient(at: [-20, 0, 20, 0])
    #expect(abs(both[2] / expected - 1) < 1e-15 && both[0] == -both[2] && both[1] == 0 && both[3] == 0)
    #expect(try softmax.value(at: [-20, 0, 20, 0]) == logistic.value(at: [40, 0]))
    #expect(try logistic.value(at: [40, 0]) > 4e-18)
  }
}
