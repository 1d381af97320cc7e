import Mistakes
import NeuralNetworks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the loss of a microshard reads and writes beside its input.
struct LossMemory {
  /// The class of each sample.
  var labels: UnsafeMutablePointer<Int32>
  /// The targets of each sample, [n, features] without padding.
  var targets: UnsafeMutablePointer<Float>
  /// Sums over the microshard: the loss, correctly classified samples, samples.
  var sums: UnsafeMutablePointer<Double>
  /// What the gradient of each sample is multiplied with: 1 / samples of the global batch, or 1 / the sum of their weights.
  var gradientScale: UnsafeMutablePointer<Float>
  /// What the loss of each sample is multiplied with where classes have weights: samples / the sum of their weights.
  var lossScale: UnsafeMutablePointer<Double>
}

/// The loss and, in training, its gradient with respect to the model's result, in one pass.
///
/// - Softmax cross entropy: ℓ = −Σ t · log softmax(x); dx = (softmax(x) − t) · scale, where of k classes the
///   target t is (1 − ε) · onehot(label) + ε / k. With weights w of the classes the loss is −Σ w · t · log softmax(x) and
///   the gradient (softmax(x) · Σ w · t − w · t) · scale.
/// - Squared: ℓ = ½ Σ (x − t)²; dx = (x − t) · scale.
/// - Binary cross entropy of k features: ℓ = 1/k Σ (max(x, 0) − x · t + log(1 + e^−|x|));
///   dx = (sigmoid(x) − t) · scale / k.
final class LossKernel: Kernel {
  private let loss: Graph.Loss
  private let smoothing: Double
  private let classWeights: [Double]
  private let input: TensorLayout

  /// - Parameters:
  ///   - smoothing: the ε of label smoothing.
  ///   - classWeights: by class of a softmax cross entropy, its weight; none for equal ones.
  init(_ loss: Graph.Loss, smoothing: Double, classWeights: [Double] = [], input: TensorLayout) {
    self.loss = loss
    self.smoothing = smoothing
    self.classWeights = classWeights
    self.input = input
  }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    guard let lossMemory = memory.loss else { unreachable("a loss was bound without its memory") }
    return Bound(
      loss: loss, smoothing: smoothing, classWeights: classWeights, input: input, x: memory.inputs[0],
      dx: memory.inputGradients[0],
      memory: lossMemory)
  }

  private final class Bound: BoundKernel {
    let loss: Graph.Loss
    let smoothing: Double
    let classWeights: [Double]
    let input: TensorLayout
    let x: UnsafeMutableRawPointer
    let dx: UnsafeMutableRawPointer?
    let memory: LossMemory

    init(
      loss: Graph.Loss, smoothing: Double, classWeights: [Double], input: TensorLayout,
      x: UnsafeMutableRawPointer, dx: UnsafeMutableRawPointer?, memory: LossMemory
    ) {
      self.loss = loss
      self.smoothing = smoothing
      self.classWeights = classWeights
      self.input = input
      self.x = x
      self.dx = dx
      self.memory = memory
    }

    func run(_ phase: Phase) {
      require(phase == .forward, "a loss has no phase \(phase)")
      switch input.element {
      case .float32: run(Float.self)
      case .bfloat16: run(BFloat16.self)
      }
    }

    private func run<Element: StoredElement>(_: Element.Type) {
      let features = input.shape.count
      var (total, correct) = (0.0, 0.0)
      for n in 0..<input.samples {
        let row = x.elements(Element.self) + n * input.rowStride
        let gradient = dx.map { $0.elements(Element.self) + n * input.rowStride }
        if let gradient {
          (gradient + features).update(repeating: Element(rounding: 0), count: input.rowStride - features)
        }
        switch loss {
        case .softmaxCrossEntropy:
          let label = Int(memory.labels[n])
          let (loss, best) =
            classWeights.isEmpty
            ? crossEntropy(row, label: label, count: features, gradient: gradient)
            : weightedCrossEntropy(row, label: label, count: features, gradient: gradient)
          total += loss
          correct += best == label ? 1 : 0
        case .squared:
          total += squared(
            row, targets: memory.targets + n * features, count: features, gradient: gradient)
        case .binaryCrossEntropy:
          total += binaryCrossEntropy(
            row, targets: memory.targets + n * features, count: features, gradient: gradient)
          correct += isCorrect(row, label: Int(memory.labels[n]), count: features) ? 1 : 0
        }
      }
      memory.sums[0] = classWeights.isEmpty ? total : total * memory.lossScale.pointee
      memory.sums[1] = correct
      memory.sums[2] = Double(input.samples)
    }

    /// The loss of one sample and its most likely class, the first of equals.
    private func crossEntropy<Element: StoredElement>(
      _ row: UnsafeMutablePointer<Element>, label: Int, count: Int, gradient: UnsafeMutablePointer<Element>?
    ) -> (loss: Double, best: Int) {
      var best = 0
      for index in 1..<count where row[index].float > row[best].float { best = index }
      let largest = Double(row[best].float)
      var sum = 0.0
      for index in 0..<count { sum += exp(Double(row[index].float) - largest) }
      if let gradient {
        let scale = Double(memory.gradientScale.pointee)
        for index in 0..<count {
          let probability = exp(Double(row[index].float) - largest) / sum
          let target = (index == label ? 1 - smoothing : 0) + smoothing / Double(count)
          gradient[index] = Element(rounding: Float((probability - target) * scale))
        }
      }
      let logSum = log(sum) + largest
      guard smoothing > 0 else { return (logSum - Double(row[label].float), best) }
      var rowSum = 0.0
      for index in 0..<count { rowSum += Double(row[index].float) }
      let target = (1 - smoothing) * Double(row[label].float) + smoothing * rowSum / Double(count)
      return (logSum - target, best)
    }

    /// The weighted loss of one sample and its most likely class, the first of equals.
    private func weightedCrossEntropy<Element: StoredElement>(
      _ row: UnsafeMutablePointer<Element>, label: Int, count: Int, gradient: UnsafeMutablePointer<Element>?
    ) -> (loss: Double, best: Int) {
      var best = 0
      for index in 1..<count where row[index].float > row[best].float { best = index }
      let largest = Double(row[best].float)
      func target(_ index: Int) -> Double {
        classWeights[index] * ((index == label ? 1 - smoothing : 0) + smoothing / Double(count))
      }
      var (sum, targetSum, product) = (0.0, 0.0, 0.0)
      for index in 0..<count {
        sum += exp(Double(row[index].float) - largest)
        targetSum += target(index)
        product += target(index) * Double(row[index].float)
      }
      if let gradient {
        let scale = Double(memory.gradientScale.pointee)
        for index in 0..<count {
          let probability = exp(Double(row[index].float) - largest) / sum
          gradient[index] = Element(rounding: Float((probability * targetSum - target(index)) * scale))
        }
      }
      return (targetSum * (log(sum) + largest) - product, best)
    }

    private func binaryCrossEntropy<Element: StoredElement>(
      _ row: UnsafeMutablePointer<Element>, targets: UnsafeMutablePointer<Float>, count: Int,
      gradient: UnsafeMutablePointer<Element>?
    ) -> Double {
      let scale = Double(memory.gradientScale.pointee) / Double(count)
      var total = 0.0
      for index in 0..<count {
        let (logit, target) = (Double(row[index].float), Double(targets[index]))
        let tail = exp(-abs(logit))
        total += max(logit, 0) - logit * target + log1p(tail)
        let probability = logit >= 0 ? 1 / (1 + tail) : tail / (1 + tail)
        gradient?[index] = Element(rounding: Float((probability - target) * scale))
      }
      return total / Double(count)
    }

    /// Whether the largest output is that of the label, the first of equals; of one output, whether its sign tells the label.
    private func isCorrect<Element: StoredElement>(
      _ row: UnsafeMutablePointer<Element>, label: Int, count: Int
    ) -> Bool {
      if count == 1 { return label == (row[0].float > 0 ? 1 : 0) }
      var best = 0
      for index in 1..<count where row[index].float > row[best].float { best = index }
      return best == label
    }

    private func squared<Element: StoredElement>(
      _ row: UnsafeMutablePointer<Element>, targets: UnsafeMutablePointer<Float>, count: Int,
      gradient: UnsafeMutablePointer<Element>?
    ) -> Double {
      var total = 0.0
      for index in 0..<count {
        let difference = row[index].float - targets[index]
        total += Double(difference) * Double(difference) / 2
        gradient?[index] = Element(rounding: difference * memory.gradientScale.pointee)
      }
      return total
    }
  }
}
