import Minimization
import Mistakes
import Randomness

/// What a configuration describes, with parts that fit together.
struct MinimizationProblem {
  /// What is minimized.
  let objective: any TwiceDifferentiableObjective
  /// The samples of the objective; nil if it has none.
  let sampleCount: Int?
  /// Where to begin.
  let start: [Double]
  /// The sets that must hold the solution.
  let sets: [any ConvexSet]
  /// Where to look for evidence that the objective is not convex.
  let region: Box?

  /// Puts the parts together.
  ///
  /// - Parameters:
  ///   - configuration: the parts.
  ///   - data: the samples of a regression.
  ///   - sum: adds over the samples.
  ///   - source: the configuration's file, for messages.
  /// - Throws: `UserMistake` for parts that do not fit; `ConstraintError` for equations that contradict each other.
  init(
    _ configuration: MinimizationConfiguration, data: RegressionData?, sum: any SampleSum, source: String
  ) throws {
    let objective: any TwiceDifferentiableObjective
    do {
      objective = try configuration.objective.function(data: data, sum: sum, seed: UInt64(configuration.seed))
    } catch MinimizationError.notAClass(let sample, let target, let classes) {
      throw UserMistake(
        "\(configuration.data?.path ?? source): row \(sample + 1) of the samples: the target is \(target), expected a "
          + "class from 0 to \(classes - 1)")
    } catch let error as MinimizationError {
      throw UserMistake("\(configuration.data?.path ?? source): \(error)")
    }
    self.objective = objective
    sampleCount = data?.sampleCount
    if case .stochastic(_, .minibatch(let size)) = configuration.method, let data, size > data.sampleCount {
      throw UserMistake("\(source): method.batch: \(size) is more than the \(data.sampleCount) samples")
    }
    start = try configuration.startPoint(
      dimension: objective.dimension, featureCount: data?.featureCount, source: source)
    sets = try configuration.constraints.enumerated().map { index, constraint in
      try constraint.set(dimension: objective.dimension, name: "\(source): constraints[\(index)]")
    }
    region = try configuration.check.convexity?.region(
      dimension: objective.dimension, name: "\(source): check.convexity")
  }
}

extension MinimizationConfiguration.Objective {
  /// The function; of a regression over data.
  fileprivate func function(
    data: RegressionData?, sum: any SampleSum, seed: UInt64
  ) throws -> any TwiceDifferentiableObjective {
    switch self {
    case .square: return ScalarFunction.square
    case .cosineProduct(let frequency): return ScalarFunction.cosineProduct(frequency: frequency)
    case .hyperbolicCosine(let scale): return ScalarFunction.hyperbolicCosine(scale: scale)
    case .quadratic(let matrix, let linear):
      return Quadratic(matrix: DenseMatrix(rows: matrix), linear: linear)
    case .spectrum(let eigenvalues): return try Quadratic(eigenvalues: eigenvalues, seed: seed)
    case .rosenbrock(let dimension): return Rosenbrock(dimension: dimension)
    case .saddle: return Quadratic.saddle
    case .monkeySaddle: return MonkeySaddle()
    case .expression(let expression): return expression
    case .regression(let model, let penalty):
      guard let data else { unreachable("a regression without data passed the configuration") }
      return try RegressionObjective(model, data: data, penalty: penalty, sum: sum)
    }
  }
}

extension MinimizationConfiguration {
  /// The start.
  ///
  /// - Parameter featureCount: of a regression, whose variables are, for each output, so many weights and a bias.
  fileprivate func startPoint(
    dimension: Int, featureCount: Int?, source: String
  ) throws(UserMistake) -> [Double] {
    switch start {
    case .point(let coordinates): return try coordinates.values(dimension, name: "\(source): start")
    case .normal(let deviation):
      var random = Philox(seed: UInt64(seed), purpose: .initialization)
      return (0..<dimension).map { index in
        let number = deviation * Double(random.normal())
        return featureCount.map { index % ($0 + 1) == $0 } == true ? 0 : number
      }
    }
  }
}

extension MinimizationConfiguration.Coordinates {
  /// The numbers of `dimension` variables; `name` is where they are written, for the message.
  func values(_ dimension: Int, name: String) throws(UserMistake) -> [Double] {
    switch self {
    case .all(let value): return [Double](repeating: value, count: dimension)
    case .each(let values):
      guard values.count == dimension else {
        throw UserMistake(
          "\(name): has \(values.count) numbers, but the objective has \(dimension) variables")
      }
      return values
    }
  }
}

extension MinimizationConfiguration.Check.Convexity {
  fileprivate func region(dimension: Int, name: String) throws(UserMistake) -> Box {
    let lower = try lower.values(dimension, name: "\(name).lower")
    let upper = try upper.values(dimension, name: "\(name).upper")
    do {
      return try Box(lower: lower, upper: upper)
    } catch {
      throw UserMistake("\(name): \(error)")
    }
  }
}
