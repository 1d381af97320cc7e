import Datasets
import Execution
import Foundation
import Minimization
import Records
import Safetensors
import Training

/// A regression at the end of a minimization: a linear layer that `predict` and `export` apply.
struct FittedRegression {
  private let configuration: MinimizationConfiguration
  private let model: RegressionModel
  private let samples: RegressionSamples
  /// By output, a weight for each feature and a bias.
  private let variables: [Double]

  /// Takes the variables of a regression; nil of other objectives, without features, and where a number is none of float32.
  init?(_ configuration: MinimizationConfiguration, _ samples: RegressionSamples, variables: [Double]) {
    guard case .regression(let model, _) = configuration.objective, samples.data.featureCount > 0,
      variables.allSatisfy({ Float($0).isFinite })
    else { return nil }
    (self.configuration, self.model, self.samples, self.variables) = (
      configuration, model, samples, variables
    )
  }

  // MARK: - Score

  /// How the samples that it was not fitted to are answered.
  struct HeldOutScore {
    /// Their number.
    var sampleCount: Int
    /// Of numbers: the mean squared error, in the square of the table's units.
    var squaredError: Double?
    /// Of numbers: the share of their variance that is explained; nil if they are all equal.
    var rSquared: Double?
    /// Of classes: the share of right answers.
    var accuracy: Double?

    /// As an object.
    var json: JSON {
      var members: [(key: String, value: JSON)] = [("samples", .integer(sampleCount))]
      if let accuracy { members.append(("accuracy", .precise(accuracy))) }
      if let squaredError {
        members.append(("mean_squared_error", .precise(squaredError)))
        members.append(("r_squared", rSquared.map(JSON.precise) ?? .null))
      }
      return .object(members)
    }

    /// For the user.
    var line: String {
      let scores = [
        accuracy.map { "accuracy \($0)" }, squaredError.map { "mean squared error \($0)" },
        rSquared.map { "R² \($0)" },
      ]
      return "held out: \(sampleCount) rows, " + scores.compactMap { $0 }.joined(separator: ", ")
    }
  }

  /// The score of the rows behind `data.rows`; nil if there are none.
  var heldOutScore: HeldOutScore? {
    guard let heldOut = samples.heldOut else { return nil }
    let outputs = (0..<heldOut.sampleCount).map { self.outputs(of: $0, in: heldOut) }
    let targets = heldOut.targets
    var score = HeldOutScore(sampleCount: targets.count)
    switch model {
    case .linear:
      let unit = samples.targetScale?.deviation[0] ?? 1
      let mean = targets.reduce(0, +) / Double(targets.count)
      let residual = zip(outputs, targets).reduce(0) { $0 + ($1.0[0] - $1.1) * ($1.0[0] - $1.1) }
      let spread = targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      score.squaredError = residual / Double(targets.count) * unit * unit
      score.rSquared = spread > 0 ? 1 - residual / spread : nil
    case .logistic, .softmax:
      let right = zip(outputs, targets).count { outputs, target in
        let scores = outputs.count == 1 ? [0] + outputs : outputs
        return Double(scores.firstIndex(of: scores.max() ?? 0) ?? 0) == target
      }
      score.accuracy = Double(right) / Double(targets.count)
    }
    return score
  }

  private func outputs(of sample: Int, in data: RegressionData) -> [Double] {
    let count = data.featureCount
    return (0..<model.outputCount).map { output in
      let first = output * (count + 1)
      return (0..<count).reduce(variables[first + count]) { sum, feature in
        sum + variables[first + feature] * data.features[sample * count + feature]
      }
    }
  }

  // MARK: - File

  /// The model as a file: one linear layer, in float32.
  var file: TensorFile {
    let (count, outputCount) = (samples.data.featureCount, model.outputCount)
    let weights = (0..<outputCount).flatMap { output in
      zip(samples.factors, 0...).map { factor, feature in
        Float(variables[output * (count + 1) + feature] * factor)
      }
    }
    let biases = (0..<outputCount).map { Float(variables[$0 * (count + 1) + count]) }
    return Checkpoint(
      configuration: record, signature: signature,
      tensors: [
        StateTensor(name: "0.weight", shape: [outputCount, count], floats: weights),
        StateTensor(name: "0.bias", shape: [outputCount], floats: biases),
      ]
    ).model
  }

  private var signature: ModelSignature {
    let target: SampleTarget =
      switch model {
      case .linear: .values(1)
      case .logistic: .classes(2)
      case .softmax(let classes): .classes(classes)
      }
    var signature = ModelSignature(inputShape: [samples.data.featureCount], target: target)
    signature.featureNames = samples.featureNames
    (signature.inputScale, signature.targetScale) = (samples.inputScale, samples.targetScale)
    return signature
  }

  /// The configuration of a training whose model and data this would be.
  private var record: JSON {
    let (loss, task) =
      switch model {
      case .linear: ("squared", "regression")
      case .logistic: ("binary_cross_entropy", "classification")
      case .softmax: ("cross_entropy", "classification")
      }
    return .object([
      (
        "model",
        .object([
          ("name", .text("sequential")),
          ("layers", .list([.object([("linear", .integer(model.outputCount))])])),
        ])
      ),
      (
        "data",
        .object([
          ("name", .text("csv")), ("path", .text(configuration.data?.path ?? "")), ("task", .text(task)),
        ])
      ),
      ("loss", .object([("name", .text(loss))])),
    ])
  }
}
