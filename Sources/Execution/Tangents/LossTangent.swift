import NeuralNetworks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The loss of a microshard: g = ∂ℓ/∂x, and ġ, the product of ∂²ℓ/∂x² and ẋ.
///
/// - Softmax cross entropy, with p = softmax(x): ġ = T p (ẋ − Σ p ẋ), where T is the sum of the targets, 1 without
///   weights of classes.
/// - Squared: ġ = ẋ.
/// - Binary cross entropy of k features, with p = sigmoid(x): ġ = p (1 − p) ẋ / k.
///
/// All times the share of a sample in the batch, as g has it.
final class LossTangent: TangentOperation {
  private let loss: Graph.Loss
  private let smoothing: Double
  private let classWeights: [Double]
  private let layout: TensorLayout
  private let memory: TangentMemory
  private let values: any BoundKernel

  /// Ties the kernel of a loss, whose input has a layout.
  init(
    _ loss: Graph.Loss, _ graph: LoweredGraph, _ layout: TensorLayout, _ kernel: any Kernel,
    _ memory: TangentMemory
  ) throws(OneDNNError) {
    (self.loss, self.layout, self.memory) = (loss, layout, memory)
    (smoothing, classWeights) = (graph.labelSmoothing, graph.classWeights)
    values = try kernel.bind(memory.values)
  }

  /// Does nothing: no other operation reads the loss.
  func forward() {}

  func backward() {
    // A loss's kernel computes the gradient together with the loss.
    values.run(.forward)
    guard let target = memory.inputs[0].gradientTangent?.floats else { return }
    let (x, ẋ) = (memory.inputs[0].value.floats, memory.inputs[0].tangent.floats)
    let features = layout.shape.count
    for n in 0..<layout.samples {
      let begin = n * layout.rowStride
      let row = begin..<begin + features
      let result =
        switch loss {
        case .softmaxCrossEntropy:
          softmaxTangent(
            row.map { Double(x[$0]) }, row.map { Double(ẋ[$0]) }, label: Int(memory.loss.labels[n]))
        case .squared: row.map { Double(ẋ[$0]) }
        case .binaryCrossEntropy: row.map { sigmoidTangent(Double(x[$0]), Double(ẋ[$0])) / Double(features) }
        }
      let scale = Double(memory.loss.gradientScale.pointee)
      for (index, value) in result.enumerated() { target[begin + index] = Float(value * scale) }
      (target + begin + features).update(repeating: 0, count: layout.rowStride - features)
    }
  }

  private func softmaxTangent(_ x: [Double], _ ẋ: [Double], label: Int) -> [Double] {
    let largest = x.max() ?? 0
    let exponentials = x.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    let p = exponentials.map { $0 / sum }
    let mean = zip(p, ẋ).reduce(0) { $0 + $1.0 * $1.1 }
    var targets = 1.0
    if !classWeights.isEmpty {
      targets =
        (1 - smoothing) * classWeights[label] + smoothing * classWeights.reduce(0, +) / Double(x.count)
    }
    return zip(p, ẋ).map { targets * $0 * ($1 - mean) }
  }

  private func sigmoidTangent(_ x: Double, _ ẋ: Double) -> Double {
    let tail = exp(-abs(x))
    return tail / ((1 + tail) * (1 + tail)) * ẋ
  }
}
