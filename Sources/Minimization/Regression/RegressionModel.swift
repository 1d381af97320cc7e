import Foundation

/// A linear model and the loss of a sample, as a function of the model's outputs z = W x + b.
public enum RegressionModel: Hashable, Sendable {
  /// One output and half its squared error, ½ (z − y)².
  case linear
  /// One output, the log-odds of class 1 against class 0, and the negative log-likelihood log(1 + eᶻ) − y z.
  case logistic
  /// An output for each class and the cross-entropy −log softmax(z)ᵧ.
  ///
  /// The same number added to all outputs changes nothing: without a penalty the Hessian is singular.
  case softmax(classes: Int)

  /// The number of outputs K.
  public var outputCount: Int {
    switch self {
    case .linear, .logistic: 1
    case .softmax(let classes): classes
    }
  }

  /// The number of classes; nil where targets are any numbers.
  var classCount: Int? {
    switch self {
    case .linear: nil
    case .logistic: 2
    case .softmax(let classes): classes
    }
  }

  /// The loss ℓ of a sample and its gradient by the outputs.
  ///
  /// - Parameters:
  ///   - outputs: z, K elements; replaced by ∂ℓ/∂z.
  ///   - target: y.
  func loss(_ outputs: inout [Double], target: Double) -> Double {
    let z = outputs[0]
    switch self {
    case .linear:
      let residual = z - target
      outputs[0] = residual
      return residual * residual / 2
    case .logistic:
      // e to a negative power only, which cannot overflow.
      let small = exp(-abs(z))
      // The probability of the other class, without a difference that would cancel.
      let missed = ((z >= 0) == (target == 1) ? small : 1) / (1 + small)
      outputs[0] = target == 1 ? -missed : missed
      return max(z, 0) - target * z + log1p(small)
    case .softmax:
      let label = Int(target)
      let largest = outputs.reduce(z) { max($0, $1) }
      let reached = outputs[label] - largest
      var others = 0.0
      for index in outputs.indices {
        outputs[index] = exp(outputs[index] - largest)
        if index != label { others += outputs[index] }
      }
      let total = outputs[label] + others
      for index in outputs.indices { outputs[index] /= total }
      outputs[label] = -(others / total)
      return reached == 0 ? log1p(others) : log(total) - reached
    }
  }

  /// The second derivative ∂²ℓ/∂zⱼ∂zₖ of a sample's loss.
  ///
  /// - Parameters:
  ///   - slopes: ∂ℓ/∂z, K elements.
  ///   - target: y.
  func curvature(_ slopes: [Double], target: Double, _ first: Int, _ second: Int) -> Double {
    switch self {
    case .linear:
      return 1
    case .logistic:
      let missed = abs(slopes[0])
      return missed * (1 - missed)
    case .softmax:
      if first == second {
        let size = abs(slopes[first])
        return size * (1 - size)
      }
      let label = Int(target)
      let left = first == label ? slopes[first] + 1 : slopes[first]
      let right = second == label ? slopes[second] + 1 : slopes[second]
      return -left * right
    }
  }
}
