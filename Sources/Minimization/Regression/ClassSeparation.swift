/// Whether the samples of a classification leave the likelihood of a linear model a maximum.
///
/// They do not if a class has no samples, or if some W and b rank, for every sample, its own class at least as high as every
/// other, and not always equally high: along these the loss falls for ever. Albert, Anderson: "On the Existence of Maximum
/// Likelihood Estimates in Logistic Regression Models", Biometrika 71, 1984, doi:10.1093/biomet/71.1.1. With a penalty on
/// W only a class without samples is left, since biases are not penalized.
struct ClassSeparation {
  let model: RegressionModel
  let data: RegressionData
  let penalty: Double

  /// The classes of the model.
  private var classCount: Int { model.classCount ?? 0 }
  private var width: Int { data.featureCount + 1 }

  /// The variables of the comparisons: of a logistic regression the log-odds, of a softmax one an output for each class.
  private var dimension: Int { model.outputCount * width }

  /// Whether there is a minimum.
  ///
  /// - Parameter x: where a minimization has ended.
  func existence(near x: [Double]) throws -> Existence {
    guard classCount >= 2 else { return .minimum }
    var samplesOfClass = [Int](repeating: 0, count: classCount)
    for target in data.targets { samplesOfClass[Int(target)] += 1 }
    if let missing = samplesOfClass.firstIndex(of: 0) {
      return .endless(EndlessDescent(.missingClass(missing), direction: awayFromClass(missing)))
    }
    guard penalty == 0 else { return .minimum }
    if let column = separatingColumn() { return .endless(column) }
    if separates(x) { return .endless(EndlessDescent(.combination(isComplete: true), direction: x)) }
    // As much work as some Hessians, and not too much memory.
    let comparisons = data.sampleCount * (classCount - 1)
    guard dimension <= 128, comparisons * dimension <= 4_000_000 else { return .unknown }
    return direction()
  }

  /// The variables that lessen the probability of a class alone.
  private func awayFromClass(_ index: Int) -> [Double] {
    var direction = [Double](repeating: 0, count: dimension)
    if model == .logistic {
      direction[data.featureCount] = index == 1 ? -1 : 1
    } else {
      direction[index * width + data.featureCount] = -1
    }
    return direction
  }

  private func feature(_ feature: Int, of sample: Int) -> Double {
    data.features[sample * data.featureCount + feature]
  }

  /// A feature that has no value of a class on one side of a threshold, and none of the others on the other side.
  ///
  /// Nil, too, where there is more to look at than a Hessian would be.
  private func separatingColumn() -> EndlessDescent? {
    guard data.sampleCount * dimension <= 20_000_000 else { return nil }
    for index in 0..<data.featureCount {
      for own in 0..<(model == .logistic ? 1 : classCount) {
        let values = (0..<data.sampleCount).map {
          (value: feature(index, of: $0), isOwn: Int(data.targets[$0]) == own)
        }
        for sign in [1.0, -1] {
          guard let highest = values.lazy.filter({ !$0.isOwn }).map({ sign * $0.value }).max(),
            let lowest = values.lazy.filter(\.isOwn).map({ sign * $0.value }).min(), lowest >= highest,
            // All at one value part nothing.
            values.contains(where: { $0.value != values[0].value })
          else { continue }
          // Not −0.
          let threshold = sign * (highest / 2 + lowest / 2) + 0
          return EndlessDescent(
            .column(feature: index, threshold: threshold, isComplete: lowest > highest),
            direction: towards(own, feature: index, sign: sign, threshold: threshold))
        }
      }
    }
    return nil
  }

  /// The variables by which one feature beyond a threshold raises a class.
  private func towards(_ own: Int, feature: Int, sign: Double, threshold: Double) -> [Double] {
    var direction = [Double](repeating: 0, count: dimension)
    // The output of a logistic regression is that of class 1 against class 0.
    let (output, sign) = model == .logistic ? (0, -sign) : (own, sign)
    direction[output * width + feature] = sign
    direction[output * width + data.featureCount] = -sign * threshold
    return direction
  }

  /// Whether variables rank every sample's class above all others, beyond any rounding.
  private func separates(_ x: [Double]) -> Bool {
    var outputs = [Double](repeating: 0, count: model.outputCount)
    for sample in 0..<data.sampleCount {
      var size = 0.0
      for output in outputs.indices {
        var sum = x[output * width + data.featureCount]
        size = max(size, abs(sum))
        for index in 0..<data.featureCount {
          let term = x[output * width + index] * feature(index, of: sample)
          sum += term
          size = max(size, abs(term))
        }
        outputs[output] = sum
      }
      let label = Int(data.targets[sample])
      let margin: Double
      if model == .logistic {
        margin = label == 1 ? outputs[0] : -outputs[0]
      } else {
        margin = outputs.indices.lazy.filter { $0 != label }.map { outputs[label] - outputs[$0] }.min() ?? 0
      }
      guard margin > 1e-9 * size * Double(width) else { return false }
    }
    return true
  }

  /// A direction that ranks no class above a sample's own, or the proof that there is none.
  private func direction() -> Existence {
    let scale = FeatureScale(data)
    let combination = PositiveCombination(of: comparisons(scale), dimension: dimension)
    guard let shortest = combination.shortest else { return .unknown }
    guard combination.relativeLength > 0 else { return .minimum }
    // In the units of the features.
    var direction = shortest
    for output in 0..<model.outputCount {
      for index in 0..<data.featureCount {
        let weight = shortest[output * width + index] / scale.deviations[index]
        direction[output * width + index] = weight
        direction[output * width + data.featureCount] -= weight * scale.means[index]
      }
    }
    return .endless(EndlessDescent(.combination(isComplete: separates(direction)), direction: direction))
  }

  /// For each sample and each other class the gradient of how much higher its own class is ranked, of length 1:
  /// [samples · (classes − 1), variables].
  private func comparisons(_ scale: FeatureScale) -> [Double] {
    var rows: [Double] = []
    rows.reserveCapacity(data.sampleCount * (classCount - 1) * dimension)
    for sample in 0..<data.sampleCount {
      let features =
        (0..<data.featureCount).map {
          (feature($0, of: sample) - scale.means[$0]) / scale.deviations[$0]
        } + [1]
      let label = Int(data.targets[sample])
      if model == .logistic {
        let factor = (label == 1 ? 1 : -1) / norm(features)
        rows += features.map { factor * $0 }
      } else {
        let factor = 0.5.squareRoot() / norm(features)
        for other in 0..<classCount where other != label {
          for output in 0..<classCount {
            let sign = output == label ? factor : output == other ? -factor : 0
            rows += features.map { sign * $0 }
          }
        }
      }
    }
    return rows
  }
}

/// By feature, the mean and the deviation over the samples; 1 for a feature that is always the same.
private struct FeatureScale {
  var means: [Double]
  var deviations: [Double]

  init(_ data: RegressionData) {
    let count = data.sampleCount
    means = []
    deviations = []
    for feature in 0..<data.featureCount {
      let values = (0..<count).map { data.features[$0 * data.featureCount + feature] }
      let mean = values.reduce(0) { $0 + $1 / Double(count) }
      let square = values.reduce(0) { $0 + ($1 - mean) / Double(count) * ($1 - mean) }
      let isConstant = values.allSatisfy { $0 == values[0] }
      means.append(isConstant ? values[0] : mean)
      deviations.append(isConstant || square.squareRoot() == 0 ? 1 : square.squareRoot())
    }
  }
}
