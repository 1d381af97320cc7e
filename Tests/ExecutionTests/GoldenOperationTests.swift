import CanonicalTree
import Execution
import NeuralNetworks
import Safetensors
import Testing

/// Every operation against PyTorch, forward and backward.
///
/// The expected values were computed in double precision and rounded; the tolerance is for our error alone.
@Suite struct GoldenOperationTests {
  /// Relative to the largest number of each tensor.
  static let tolerance: Float = 1e-5

  @Test("the golden file has all operations")
  func theGoldenFileHasAllOperations() {
    #expect(Set(GoldenCase.all.map(\.settings.op)).count >= 15)
  }

  static let layerCases = GoldenCase.all.filter { !$0.settings.op.hasSuffix("_loss") && !isLoss($0) }
  static let lossCases = GoldenCase.all.filter(isLoss)

  private static func isLoss(_ golden: GoldenCase) -> Bool {
    ["softmax_cross_entropy", "squared_loss"].contains(golden.settings.op)
  }

  @Test("an operation gives PyTorch's values and gradients", arguments: layerCases, [1, 2, 3])
  func operationAgrees(golden: GoldenCase, microshards: Int) throws {
    let inputs = golden.has("x") ? ["x"] : ["x_0", "x_1"]
    let shapes = try inputs.map { try golden.shape($0) }
    let samples = shapes[0][0]
    let x = try concatenated(try inputs.map { try golden.floats($0) }, samples: samples)
    let outputShape = try golden.shape("y")
    let model = GoldenModel(
      operation: golden.settings, channels: inputs.count == 1 ? [] : shapes.map { $0[1] },
      outputChannels: outputShape[1])
    let inputShape = Shape([shapes.reduce(0) { $0 + $1[1] }] + shapes[0].dropFirst(2))
    let graph = try Graph(input: inputShape, loss: .squared, model: model)

    // Without the input's gradient a convolution of few channels takes another path, straight from the plain input.
    for needsInputGradient in [true, false] {
      let executor = try Executor(
        graph, reduction: SerialReduction(microshardCount: microshards),
        options: Executor.Options(
          partition: MicroshardPartition(batchSize: samples, count: microshards),
          needsInputGradient: needsInputGradient))
      try executor.load(try state(of: golden) + model.partTensors())
      let (y, dy) = (try golden.floats("y"), try golden.floats("dy"))
      // ∂ ½ Σ (y − t)² / n = dy for these targets.
      let targets = zip(y, dy).map { $0 - $1 * Float(samples) }
      _ = try executor.forwardBackward(
        samples: samples, fill: fill(x, inputShape.count, targets: targets, graph.outputShape.count))

      let locals = 0..<microshards
      let result = locals.flatMap { executor.result(ofMicroshard: $0).joined() }
      #expect(relativeError(result, y) < Self.tolerance, "y")
      if needsInputGradient {
        let dx = try concatenated(
          try inputs.map { try golden.floats("d" + $0) }, samples: samples)
        let found = locals.flatMap { executor.inputGradient(ofMicroshard: $0).joined() }
        #expect(relativeError(found, dx) < Self.tolerance, "dx")
      }
      for gradient in try executor.gradients() where gradient.name.hasPrefix("op.") {
        guard case .floats(let found) = gradient.elements else { continue }
        let expected = try golden.floats("d" + gradient.name.dropFirst(3))
        #expect(relativeError(found, expected) < Self.tolerance, "\(gradient.name)")
      }
      guard golden.has("running_mean") else { continue }
      for tensor in try executor.state() where tensor.name.contains("running") {
        guard case .floats(let found) = tensor.elements else { continue }
        let expected = try golden.floats(String(tensor.name.dropFirst(3)))
        #expect(relativeError(found, expected) < Self.tolerance, "\(tensor.name)")
      }
      _ = try executor.evaluate(
        samples: samples, fill: fill(x, inputShape.count, targets: targets, graph.outputShape.count))
      let evaluated = locals.flatMap { executor.result(ofMicroshard: $0).joined() }
      #expect(relativeError(evaluated, try golden.floats("y_evaluation")) < Self.tolerance, "y in evaluation")
    }
  }

  @Test("a loss gives PyTorch's value and gradient", arguments: lossCases, [1, 3])
  func lossAgrees(golden: GoldenCase, microshards: Int) throws {
    /// The model is the input itself.
    struct Identity: Layer {
      func callAsFunction(_ x: Symbol) -> Symbol { x }
    }
    let isSquared = golden.settings.op == "squared_loss"
    let shape = try golden.shape("x")
    let graph = try Graph(
      input: Shape(shape[1]), loss: isSquared ? .squared : .softmaxCrossEntropy,
      labelSmoothing: golden.settings.smoothing ?? 0, model: Identity())
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: microshards),
      options: Executor.Options(
        partition: MicroshardPartition(batchSize: shape[0], count: microshards), needsInputGradient: true))
    let x = try golden.floats("x")
    let labels: [Int64] = isSquared ? [] : try golden.file.elements(named: "\(golden.name)/labels")
    let targets = isSquared ? try golden.floats("target") : []
    let metrics = try executor.forwardBackward(
      samples: shape[0], fill: fill(x, shape[1], targets: targets, isSquared ? shape[1] : 0, labels: labels))
    let loss = try golden.floats("loss")[0]
    #expect(abs(metrics.loss - Double(loss)) <= Double(Self.tolerance * loss))
    let dx = (0..<microshards).flatMap { executor.inputGradient(ofMicroshard: $0).joined() }
    #expect(relativeError(dx, try golden.floats("dx")) < Self.tolerance)
  }

  // MARK: - Helpers

  /// Rows of several tensors side by side.
  private func concatenated(_ parts: [[Float]], samples: Int) throws -> [Float] {
    (0..<samples).flatMap { sample in
      parts.flatMap { part in
        let row = part.count / samples
        return part[sample * row..<(sample + 1) * row]
      }
    }
  }

  private func state(of golden: GoldenCase) throws -> [StateTensor] {
    var tensors: [StateTensor] = []
    for name in ["weight", "bias"] where golden.has(name) {
      tensors.append(
        StateTensor(name: "op.\(name)", shape: try golden.shape(name), floats: try golden.floats(name)))
    }
    for name in ["running_mean", "running_var"] where golden.has(name) {
      tensors.append(
        StateTensor(
          name: "op.\(name)", shape: try golden.shape(name), floats: try golden.floats("initial_\(name)")))
    }
    if golden.has("running_mean") {
      tensors.append(StateTensor(name: "op.num_batches_tracked", shape: [], integers: [0]))
    }
    return tensors
  }
}

/// Writes samples out of arrays of rows.
func fill(
  _ x: [Float], _ inputCount: Int, targets: [Float] = [], _ targetCount: Int = 0, labels: [Int64] = []
) -> (Int, SampleMemory) -> Void {
  { position, memory in
    for index in 0..<inputCount { memory.input[index] = x[position * inputCount + index] }
    for index in 0..<targetCount { memory.targets[index] = targets[position * targetCount + index] }
    if !labels.isEmpty { memory.label.pointee = Int32(labels[position]) }
  }
}
