import Foundation
import Minimization
import Randomness

/// Repeatable numbers of the standard normal distribution.
func normals(_ count: Int, seed: UInt64) -> [Double] {
  var random = Philox(seed: seed, purpose: .test)
  return (0..<count).map { _ in Double(random.normal()) }
}

/// The largest difference of two vectors' elements.
func distance(_ left: [Double], _ right: [Double]) -> Double {
  precondition(left.count == right.count)
  // A difference that is no number is never small.
  return zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) }
}

/// The matrix product.
func product(_ left: DenseMatrix, _ right: DenseMatrix) -> DenseMatrix {
  var result = DenseMatrix(rowCount: left.rowCount, columnCount: right.columnCount)
  for row in 0..<left.rowCount {
    for column in 0..<right.columnCount {
      for inner in 0..<left.columnCount {
        result[row, column] += left[row, inner] * right[inner, column]
      }
    }
  }
  return result
}

/// A symmetric matrix of normal numbers.
func randomSymmetric(_ order: Int, seed: UInt64) -> DenseMatrix {
  let numbers = normals(order * order, seed: seed)
  var result = DenseMatrix(rowCount: order, columnCount: order)
  for row in 0..<order {
    for column in 0...row {
      result[row, column] = numbers[row * order + column]
      result[column, row] = result[row, column]
    }
  }
  return result
}

/// Synthetic samples: normal features, targets of a known linear rule with noise.
func syntheticData(
  samples: Int = 103, scales: [Double] = [1, 1, 1], seed: UInt64 = 1
) throws -> RegressionData {
  let count = scales.count
  let features = normals(samples * count, seed: seed).enumerated().map { $1 * scales[$0 % count] }
  let noise = normals(samples, seed: seed + 1000)
  var targets = noise.map { 0.5 + 0.3 * $0 }
  for (place, feature) in features.enumerated() {
    let index = place % count
    targets[place / count] += feature / scales[index] * Double(1 + index)
  }
  return try RegressionData(features: features, featureCount: count, targets: targets)
}

/// The same samples with classes instead of targets.
func classes(_ data: RegressionData, _ count: Int) throws -> RegressionData {
  let labels = data.targets.map { Double(Int(($0 + 100).rounded(.down)) % count) }
  return try RegressionData(features: data.features, featureCount: data.featureCount, targets: labels)
}

/// A regression of each model, with and without a penalty.
func regressions(sum: any SampleSum = SerialSampleSum()) throws -> [RegressionObjective] {
  let data = try syntheticData()
  return try [0, 0.1].flatMap { penalty in
    [
      try RegressionObjective(.linear, data: data, penalty: penalty, sum: sum),
      try RegressionObjective(.logistic, data: try classes(data, 2), penalty: penalty, sum: sum),
      try RegressionObjective(
        .softmax(classes: 3), data: try classes(data, 3), penalty: penalty, sum: sum),
    ]
  }
}

/// Every iterate of a run, and its result.
func trace(
  _ method: any DescentMethod, _ objective: any Objective, from start: [Double], steps: Int,
  gradientTolerance: Double = 0
) throws -> (iterates: [Iterate], result: Minimizer.Result) {
  var iterates: [Iterate] = []
  let minimizer = Minimizer(method: method, gradientTolerance: gradientTolerance, stepLimit: steps)
  let result = try minimizer.minimize(objective, from: start) { iterates.append($0) }
  return (iterates, result)
}

/// A double well, (x² − 1)²: minima at ±1, a maximum at 0.
let doubleWell = ScalarFunction {
  ($0 * $0 - 1) * ($0 * $0 - 1)
} derivative: {
  4 * $0 * ($0 * $0 - 1)
} secondDerivative: {
  12 * $0 * $0 - 4
}

/// A gradient without a Hessian; `sign` −1 makes it a wrong one.
struct Parabola: Objective {
  var sign = 1.0
  var dimension: Int { 2 }
  func value(at x: [Double]) -> Double { x[0] * x[0] + 3 * x[1] * x[1] }
  func gradient(at x: [Double]) -> [Double] { [sign * 2 * x[0], sign * 6 * x[1]] }
}
