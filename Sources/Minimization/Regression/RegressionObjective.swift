import Mistakes

/// The mean loss of a linear model over samples, with an optional penalty: linear, logistic or softmax
/// regression.
///
///     f(W, b) = 1/n Σᵢ ℓ(W xᵢ + b, yᵢ) + λ/2 ‖W‖²
///
/// The biases b are not penalized. The variables are, for each output, its weights and then its bias:
/// [outputs, features + 1].
///
/// ```swift
/// let objective = try RegressionObjective(.linear, data: data, sum: SerialSampleSum())
/// try objective.value(at: [Double](repeating: 0, count: objective.dimension))
/// ```
///
/// Hastie, Tibshirani, Friedman: "The Elements of Statistical Learning", 2nd edition, sections 3.2, 3.4.1 and
/// 4.4.
public struct RegressionObjective: FiniteSum, TwiceDifferentiableObjective {
  /// The model and its loss.
  public let model: RegressionModel
  /// The samples; every rank has all of them.
  public let data: RegressionData
  /// λ, the factor of half the squared weights, ≥ 0.
  public let penalty: Double

  private let sampleSum: any SampleSum

  /// The objective of a model on data; whoever implements `sum` decides where samples are added up.
  ///
  /// - Parameters:
  ///   - model: the model and its loss.
  ///   - data: the samples.
  ///   - penalty: λ ≥ 0.
  ///   - sum: adds over the samples.
  /// - Throws: ``MinimizationError/notAClass(sample:target:classes:)``,
  ///   ``MinimizationError/tooFewClasses(_:)``.
  public init(
    _ model: RegressionModel, data: RegressionData, penalty: Double = 0, sum: any SampleSum
  ) throws(MinimizationError) {
    require(penalty >= 0 && penalty.isFinite, "a penalty of \(penalty) is not ≥ 0")
    if let classes = model.classCount {
      guard classes >= 2 else { throw .tooFewClasses(classes) }
      for (sample, target) in data.targets.enumerated() {
        guard let label = Int(exactly: target), 0 <= label && label < classes else {
          throw .notAClass(sample: sample, target: target, classes: classes)
        }
      }
    }
    self.model = model
    self.data = data
    self.penalty = penalty
    sampleSum = sum
  }

  /// The number of variables: outputs · (features + 1).
  public var dimension: Int { model.outputCount * variablesPerOutput }

  /// The number of samples.
  public var sampleCount: Int { data.sampleCount }

  /// Whether the loss is a square.
  public var isQuadratic: Bool { model == .linear }

  private var variablesPerOutput: Int { data.featureCount + 1 }
}

// MARK: - Existence of a minimum

extension RegressionObjective: ExistenceKnowingObjective {
  /// Whether the mean loss has a minimum: a squared one always has, a likelihood where the samples leave no direction in
  /// which it rises for ever.
  public func existence(near x: [Double]) throws -> Existence {
    try ClassSeparation(model: model, data: data, penalty: penalty).existence(near: x)
  }
}

// MARK: - Value and gradient

extension RegressionObjective {
  /// The mean loss and the penalty at x.
  public func value(at x: [Double]) throws -> Double {
    let total = try sampleSum.sum(sampleCount: sampleCount, length: 1) { samples, sum in
      var slopes = [Double](repeating: 0, count: model.outputCount)
      for sample in samples { sum[0] += loss(of: sample, at: x, slopes: &slopes) }
    }
    return total[0] / Double(sampleCount) + penaltyValue(at: x)
  }

  /// The gradient at x.
  public func gradient(at x: [Double]) throws -> [Double] {
    try valueAndGradient(at: x).gradient
  }

  /// The value and the gradient at x, in one sum.
  public func valueAndGradient(at x: [Double]) throws -> (value: Double, gradient: [Double]) {
    try valueAndGradient(at: x, sampleCount: sampleCount) { $0 }
  }

  /// The gradient at x of the mean loss over some samples and of the penalty.
  public func gradient(at x: [Double], samples: [Int]) throws -> [Double] {
    require(samples.count >= 1, "given a batch of \(samples.count) samples but at least 1 needed")
    return try valueAndGradient(at: x, sampleCount: samples.count) { samples[$0] }.gradient
  }

  private func valueAndGradient(
    at x: [Double], sampleCount: Int, sampleAt: (Int) -> Int
  ) throws -> (value: Double, gradient: [Double]) {
    // The sum holds the gradient and, after it, the loss.
    let total = try sampleSum.sum(sampleCount: sampleCount, length: dimension + 1) { positions, sum in
      var slopes = [Double](repeating: 0, count: model.outputCount)
      for position in positions {
        let sample = sampleAt(position)
        sum[dimension] += loss(of: sample, at: x, slopes: &slopes)
        addProduct(of: slopes, withFeaturesOf: sample, to: &sum)
      }
    }
    let count = Double(sampleCount)
    var gradient = total.dropLast().map { $0 / count }
    addPenaltyGradient(at: x, to: &gradient)
    return (total[dimension] / count + penaltyValue(at: x), gradient)
  }
}

// MARK: - Hessian

extension RegressionObjective {
  /// The Hessian at x.
  ///
  /// - Complexity: O(samples · variables²)
  public func hessian(at x: [Double]) throws -> DenseMatrix {
    let order = dimension
    // The sum holds the lower triangle, row by row.
    let total = try sampleSum.sum(
      sampleCount: sampleCount, length: order * (order + 1) / 2
    ) { samples, sum in
      var slopes = [Double](repeating: 0, count: model.outputCount)
      for sample in samples {
        _ = loss(of: sample, at: x, slopes: &slopes)
        var place = 0
        for row in 0..<order {
          let (rowOutput, rowFeature) = row.quotientAndRemainder(dividingBy: variablesPerOutput)
          for column in 0...row {
            let (output, feature) = column.quotientAndRemainder(dividingBy: variablesPerOutput)
            let curvature = model.curvature(slopes, target: data.targets[sample], rowOutput, output)
            sum[place] += curvature * self.feature(rowFeature, of: sample) * self.feature(feature, of: sample)
            place += 1
          }
        }
      }
    }
    var matrix = DenseMatrix(rowCount: order, columnCount: order)
    var place = 0
    for row in 0..<order {
      for column in 0...row {
        matrix[row, column] = total[place] / Double(sampleCount)
        matrix[column, row] = matrix[row, column]
        place += 1
      }
      if isPenalized(row) { matrix[row, row] += penalty }
    }
    return matrix
  }

  /// The diagonal of the Hessian at x, without the rest.
  ///
  /// - Complexity: O(samples · variables)
  public func hessianDiagonal(at x: [Double]) throws -> [Double] {
    let total = try sampleSum.sum(sampleCount: sampleCount, length: dimension) { samples, sum in
      var slopes = [Double](repeating: 0, count: model.outputCount)
      for sample in samples {
        _ = loss(of: sample, at: x, slopes: &slopes)
        for variable in sum.indices {
          let (output, index) = variable.quotientAndRemainder(dividingBy: variablesPerOutput)
          let curvature = model.curvature(slopes, target: data.targets[sample], output, output)
          sum[variable] += curvature * feature(index, of: sample) * feature(index, of: sample)
        }
      }
    }
    return total.indices.map { total[$0] / Double(sampleCount) + (isPenalized($0) ? penalty : 0) }
  }

  /// The product of the Hessian at x with a vector, without the Hessian.
  ///
  /// - Complexity: O(samples · (variables + outputs²))
  public func hessianProduct(at x: [Double], with vector: [Double]) throws -> [Double] {
    let outputs = 0..<model.outputCount
    let total = try sampleSum.sum(sampleCount: sampleCount, length: dimension) { samples, sum in
      var slopes = [Double](repeating: 0, count: outputs.count)
      for sample in samples {
        _ = loss(of: sample, at: x, slopes: &slopes)
        let changes = outputs.map { output(of: sample, at: vector, $0) }
        let curved = outputs.map { row in
          outputs.reduce(0) { sum, column in
            sum + model.curvature(slopes, target: data.targets[sample], row, column) * changes[column]
          }
        }
        addProduct(of: curved, withFeaturesOf: sample, to: &sum)
      }
    }
    var product = total.map { $0 / Double(sampleCount) }
    addPenaltyGradient(at: vector, to: &product)
    return product
  }
}

// MARK: - One sample

extension RegressionObjective {
  /// A feature of a sample, the last of which is the 1 that the bias meets.
  private func feature(_ index: Int, of sample: Int) -> Double {
    index == data.featureCount ? 1 : data.features[sample * data.featureCount + index]
  }

  /// An output of the model: features in their order, then the bias.
  private func output(of sample: Int, at x: [Double], _ output: Int) -> Double {
    let (weights, features) = (output * variablesPerOutput, sample * data.featureCount)
    var result = 0.0
    for index in 0..<data.featureCount { result += x[weights + index] * data.features[features + index] }
    return result + x[weights + data.featureCount]
  }

  /// The loss of a sample; `slopes` becomes ∂ℓ/∂z.
  private func loss(of sample: Int, at x: [Double], slopes: inout [Double]) -> Double {
    for index in slopes.indices { slopes[index] = output(of: sample, at: x, index) }
    return model.loss(&slopes, target: data.targets[sample])
  }

  /// Adds the outer product of a vector of outputs with a sample's features.
  private func addProduct(of outputs: [Double], withFeaturesOf sample: Int, to sum: inout [Double]) {
    let features = sample * data.featureCount
    for output in outputs.indices {
      let weights = output * variablesPerOutput
      for index in 0..<data.featureCount {
        sum[weights + index] += outputs[output] * data.features[features + index]
      }
      sum[weights + data.featureCount] += outputs[output]
    }
  }
}

// MARK: - Penalty

extension RegressionObjective {
  private func isPenalized(_ variable: Int) -> Bool {
    variable % variablesPerOutput != data.featureCount
  }

  private func penaltyValue(at x: [Double]) -> Double {
    guard penalty > 0 else { return 0 }
    return penalty / 2 * x.indices.reduce(0) { isPenalized($1) ? $0 + x[$1] * x[$1] : $0 }
  }

  private func addPenaltyGradient(at x: [Double], to gradient: inout [Double]) {
    guard penalty > 0 else { return }
    for index in x.indices where isPenalized(index) { gradient[index] += penalty * x[index] }
  }
}
