import CanonicalTree
import Datasets
import Execution
import LockstepProgram
import Minimization
import NeuralNetworks
import Testing

/// The curvature of losses whose Hessians are known in closed form.
@Suite struct LossCurvatureTests {
  /// A network with the squared loss, its parameters, and samples along the axes: xᵢ = inputs[i] eᵢ, with targets.
  private func curvature(
    _ model: some Layer, at parameters: [Float], inputs: [Float] = [3, 2, 1], targets: [[Float]],
    batchSize: Int = 2, stepLimit: Int = 30
  ) throws -> (curvature: LossCurvature, executor: Executor) {
    let graph = try Graph(input: Shape(inputs.count), loss: .squared, model: model)
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: 2),
      options: Executor.Options(partition: MicroshardPartition(batchSize: batchSize, count: 2)))
    try executor.setParameters(parameters)
    let gradient = LossGradient(
      executor, batches: Batches(sampleCount: inputs.count, batchSize: batchSize)
    ) { sample, memory in
      for index in inputs.indices { memory.input[index] = index == sample ? inputs[sample] : 0 }
      memory.targets.update(from: targets[sample], count: targets[sample].count)
    }
    let curvature = try LossCurvature(
      Self.hessian(of: gradient, microshards: 2), stepLimit: stepLimit, probeCount: 4, seed: 2)
    return (curvature, executor)
  }

  static func hessian(of gradient: LossGradient, microshards: Int) throws -> LossHessian {
    LossHessian(
      of: gradient,
      try HessianProducts(
        of: gradient.executor, reduction: SerialReduction(microshardCount: microshards)))
  }

  /// ½ mean |W x − t|² of a linear layer has the Hessian I ⊗ mean x xᵀ, here diag(9, 4, 1)/3 for each of two results.
  private func leastSquares(inputs: [Float] = [3, 2, 1], offset: Float = 0) throws -> LossCurvature {
    let targets: [[Float]] = [[3, -3], [1, 2], [0.5, 4]]
    // At the optimum every sample is met: wᵢ = tᵢ / xᵢ.
    let weights = (0..<2).flatMap { result in
      inputs.indices.map { targets[$0][result] / max(inputs[$0], 1) + offset }
    }
    let model = Sequential(Linear(2, bias: false))
    return try curvature(model, at: weights, inputs: inputs, targets: targets).curvature
  }

  @Test("least squares at its optimum is a minimum, with the eigenvalues of the moments")
  func minimum() throws {
    let found = try leastSquares()
    #expect(found.point == .minimum && found.isStationary)
    #expect(abs(found.spectrum.largest.value - 3) <= found.error(of: found.spectrum.largest))
    #expect(abs(found.spectrum.smallest.value - 1.0 / 3) <= found.error(of: found.spectrum.smallest))
    #expect(found.rounding.productError < 1e-5 && found.error(of: found.spectrum.largest) < 1e-5)
    #expect(found.spectrum.ending == .invariantSubspace && found.leastEigenvalue > 0.333)
    // Four probes of a diagonal Hessian give its trace without error.
    #expect(abs(found.trace.value - 2 * 14.0 / 3) <= found.traceError && found.traceError < 1e-4)
    #expect(found.loss < 1e-10)
  }

  @Test("away from its optimum it is no stationary point")
  func notStationary() throws {
    let found = try leastSquares(offset: 1)
    #expect(!found.isStationary)
    // The gradient (1, 1, 1) · diag(3, 4/3, 1/3), twice.
    let norm = (2 * (9 + 16.0 / 9 + 1.0 / 9)).squareRoot()
    #expect(abs(found.distanceToStationarity - norm / 3) < 1e-3)
  }

  @Test("a large eigenvalue elsewhere makes no point stationary")
  func stiff() throws {
    let found = try curvature(
      Sequential(Linear(2, bias: false)), at: [1, 2, 0.5, -1, 3, 4], inputs: [100, 1, 1],
      targets: [[100, -100], [1, 2], [0.5, 4]]
    ).curvature
    #expect(!found.isStationary && found.distanceToStationarity < 1e-3)
  }

  @Test("a direction that no sample has makes it degenerate")
  func degenerate() throws {
    let found = try leastSquares(inputs: [3, 2, 0])
    #expect(found.point == .degenerate)
    #expect(abs(found.spectrum.smallest.value) <= found.error(of: found.spectrum.smallest))
  }

  /// ½ mean |W₂ W₁ x − t|² at 0 is −tr(W₂ W₁ C) and terms of fourth order, with C = mean x tᵀ: its Hessian has the
  /// eigenvalues ±σ of the singular values of C, and zeros.
  private static let saddleTargets: [[Float]] = [[2, 0], [0, 1.5], [0, 0]]

  @Test("a linear network of two layers has a saddle at 0, with the singular values of the moments")
  func saddle() throws {
    let model = Sequential(Linear(3, bias: false), Linear(2, bias: false))
    let (found, executor) = try curvature(
      model, at: [Float](repeating: 0, count: 15), targets: Self.saddleTargets)
    #expect(found.point == .saddle && found.isStationary)
    // C = diag(3 · 2, 2 · 1.5) / 3.
    #expect(abs(found.spectrum.largest.value - 2) <= found.error(of: found.spectrum.largest))
    #expect(abs(found.spectrum.smallest.value + 2) <= found.error(of: found.spectrum.smallest))
    #expect(found.error(of: found.spectrum.largest) < 1e-5)
    #expect(try executor.parameterVector().allSatisfy { $0 == 0 })
  }

  @Test("a linear network of three layers has no curvature at 0")
  func flat() throws {
    let model = Sequential(Linear(3, bias: false), Linear(3, bias: false), Linear(2, bias: false))
    let (found, _) = try curvature(
      model, at: [Float](repeating: 0, count: 24), targets: Self.saddleTargets)
    #expect(found.point == .degenerate && found.isStationary)
    #expect(max(abs(found.spectrum.largest.value), abs(found.spectrum.smallest.value)) <= 1e-3)
  }

  @Test("how the samples are cut into batches changes a loss without batch norm by rounding only")
  func batches() throws {
    let model = Sequential(Linear(2, bias: false))
    let targets: [[Float]] = [[3, -3], [1, 2], [0.5, 4]]
    let found = try (2...4).map {
      try curvature(
        model, at: [1, 2, 3, 4, 5, 6], targets: targets, batchSize: $0
      ).curvature
    }
    for other in found.dropFirst() {
      #expect(abs(other.loss - found[0].loss) < 1e-6 * found[0].loss)
      for (one, two) in zip(other.gradient, found[0].gradient) { #expect(abs(one - two) < 1e-5) }
      #expect(abs(other.spectrum.largest.value - found[0].spectrum.largest.value) < 1e-5)
    }
  }

  @Test("parameters and running statistics are left as they are, whatever batch norm does")
  func leavesState() throws {
    let model = Sequential(Linear(4), BatchNorm(), Activation.sigmoid, Linear(2))
    let graph = try Graph(input: Shape(3), loss: .squared, model: model)
    for statistics in [BatchStatistics.global, .running] {
      let executor = try Executor(
        graph, reduction: SerialReduction(microshardCount: 2),
        options: Executor.Options(
          partition: MicroshardPartition(batchSize: 4, count: 2), statistics: statistics))
      try executor.initialize(.xavier, seed: 1)
      let state = try executor.state()
      let gradient = LossGradient(executor, batches: Batches(sampleCount: 7, batchSize: 4)) {
        sample, memory in
        for index in 0..<3 { memory.input[index] = Float((sample * 5 + index * 3) % 7) - 3 }
        for index in 0..<2 { memory.targets[index] = Float((sample + index) % 3) }
      }
      let hessian = try Self.hessian(of: gradient, microshards: 2)
      let one = try LossCurvature(hessian, stepLimit: 5, probeCount: 2, seed: 0)
      #expect(try executor.state() == state)
      let two = try LossCurvature(hessian, stepLimit: 5, probeCount: 2, seed: 0)
      #expect(one.gradient == two.gradient && one.spectrum == two.spectrum && one.trace == two.trace)
      let other = try LossCurvature(hessian, stepLimit: 5, probeCount: 2, seed: 1)
      #expect(other.gradient == one.gradient && other.spectrum != one.spectrum && other.trace != one.trace)
    }
  }
}

/// Gradients layer by layer.
@Suite struct LayerGradientTests {
  private func layer(_ gradientNorm: Double) -> LayerGradient {
    LayerGradient(path: "", hasWeights: true, gradientNorm: gradientNorm, parameterNorm: 2)
  }

  @Test("norms are those of all parameters of a layer, in the order of the graph")
  func norms() throws {
    let graph = try Graph(
      input: Shape(2), loss: .squared, model: Sequential(Linear(2), BatchNorm(), Activation.relu, Linear(1)))
    // 4 weights and 2 biases; 2 scales and 2 shifts; 2 weights and a bias.
    let parameters: [Double] = [1, 1, 1, 1, 0, 0] + [3, 0, 0, 4] + [0, 0, 0]
    let gradient: [Double] = [0, 2, 0, 0, 0, 1.5] + [0, 6, 8, 0] + [1, 2, 2]
    let layers = LayerGradient.layers(of: graph, parameters: parameters, gradient: gradient)
    #expect(layers.map(\.path) == ["0", "1", "3"])
    #expect(layers.map(\.hasWeights) == [true, false, true])
    #expect(layers.map(\.gradientNorm) == [2.5, 10, 3])
    #expect(layers.map(\.parameterNorm) == [2, 5, 0])
    #expect(layers.map(\.ratio) == [1.25, 2, .infinity])
    #expect(layers.lastNorm == 3 && layers.firstToLast == 2.5 / 3)
  }

  @Test(
    "a gradient vanishes below a thousandth of the last one's and explodes above its thousandfold",
    arguments: [
      (1e-3, LayerGradient.Verdict.steady), (0.99e-3, .vanishing), (0, .vanishing), (1, .steady),
      (1e3, .steady), (1.01e3, .exploding),
    ])
  func verdicts(norm: Double, verdict: LayerGradient.Verdict) {
    #expect(layer(norm).verdict(against: 1) == verdict)
    #expect(layer(8 * norm).verdict(against: 8) == verdict)
  }

  @Test("where the last gradient is zero there is nothing to compare")
  func zero() {
    #expect([layer(1), layer(0)].firstToLast == nil)
    #expect([LayerGradient]().firstToLast == nil)
    #expect(layer(0).verdict(against: 0) == nil && layer(1).verdict(against: 0) == nil)
  }

  /// A sigmoid multiplies a gradient by a quarter at most, and small weights by less than one.
  @Test("gradients vanish in a deep network of sigmoids and small weights, not in a shallow one")
  func networks() throws {
    func verdict(layers: Int, gain: Float) throws -> LayerGradient.Verdict {
      var model = Sequential()
      for _ in 1..<layers {
        model.append(Linear(8))
        model.append(Activation.sigmoid)
      }
      model.append(Linear(2))
      let graph = try Graph(input: Shape(8), loss: .squared, model: model)
      let executor = try Executor(
        graph, reduction: SerialReduction(microshardCount: 1),
        options: Executor.Options(partition: MicroshardPartition(batchSize: 4, count: 1)))
      try executor.initialize(.xavier, seed: 1)
      let parameters = try executor.parameterVector().map { $0 * gain }
      let lossGradient = LossGradient(executor, batches: Batches(sampleCount: 4, batchSize: 4)) {
        sample, memory in
        for index in 0..<8 { memory.input[index] = Float((sample * 5 + index * 3) % 7) - 3 }
        for index in 0..<2 { memory.targets[index] = Float((sample + index) % 3) }
      }
      let gradient = try lossGradient(at: parameters).gradient
      let found = LayerGradient.layers(
        of: graph, parameters: parameters.map { Double($0) }, gradient: gradient)
      return try #require(found.first?.verdict(against: found.lastNorm))
    }
    #expect(try verdict(layers: 12, gain: 0.5) == .vanishing)
    #expect(try verdict(layers: 3, gain: 1) == .steady)
  }
}
