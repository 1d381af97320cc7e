import CanonicalTree
import Execution
import NeuralNetworks
import Randomness
import Testing

/// Maximum pooling that is fused into a batch normalization, against the two one after the other.
@Suite struct PooledNormalizationTests {
  struct Model: Layer {
    var activation: Activation?
    var kernel: Int
    var stride: Int
    var padding: Int
    /// Whether the two are kept apart, by a pooling of single pixels that changes nothing.
    var isApart: Bool

    func callAsFunction(_ x: Symbol) -> Symbol {
      var y = BatchNorm(name: "bn")(Convolution2D(19, kernel: 3, padding: 1, bias: false, name: "conv")(x))
      if let activation { y = activation(y) }
      if isApart { y = Pooling2D(.average, kernel: 1)(y) }
      y = Pooling2D(.max, kernel: kernel, stride: stride, padding: padding)(y)
      return Linear(4, name: "fc")(Flatten()(y))
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var activation: Activation?
    var kernel: Int
    var stride: Int
    var padding: Int

    var testDescription: String {
      "\(activation.map { "\($0)" } ?? "no activation"), \(kernel)×\(kernel) at stride \(stride), padding \(padding)"
    }

    /// Windows that touch, that overlap, that leave pixels out; the edges of an image of 9×7 pixels cut some off.
    static let all = [Activation.relu, .sigmoid, nil].flatMap { activation in
      [(2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 0)].map {
        Case(activation: activation, kernel: $0.0, stride: $0.1, padding: $0.2)
      }
    }
  }

  @Test("results are the same bits, gradients the same but for rounding", arguments: Case.all)
  func agrees(test: Case) throws {
    func trained(isApart: Bool) throws -> (Executor, [[Float]]) {
      let graph = try Graph(
        input: Shape(3, 9, 7), loss: .softmaxCrossEntropy,
        model: Model(
          activation: test.activation, kernel: test.kernel, stride: test.stride, padding: test.padding,
          isApart: isApart))
      let executor = try Executor.serial(
        graph,
        Executor.Options(
          partition: MicroshardPartition(batchSize: 10, count: 3), needsInputGradient: true), seed: 5)
      var random = Philox(seed: 8, purpose: .test)
      // Negative scales choose the smallest pixel.
      try executor.load(
        try executor.state().map { tensor in
          guard tensor.name == "bn.weight" else { return tensor }
          let scales = (0..<19).map { _ in random.normal() as Float }
          return StateTensor(name: tensor.name, shape: tensor.shape, floats: scales)
        })
      let batch = RandomBatch(graph, samples: 10)
      _ = try executor.forwardBackward(samples: 10, fill: batch.fill)
      return (executor, (0..<3).flatMap { executor.result(ofMicroshard: $0) })
    }
    let (fused, results) = try trained(isApart: false)
    let (apart, expected) = try trained(isApart: true)
    #expect(results == expected)
    #expect(fused.arenaByteCount < apart.arenaByteCount)
    for (found, gradient) in zip(try fused.gradients(), try apart.gradients()) {
      try Self.expectClose(found.floats, gradient.floats, gradient.name)
    }
    for microshard in 0..<3 {
      Self.expectClose(
        fused.inputGradient(ofMicroshard: microshard).flatMap { $0 },
        apart.inputGradient(ofMicroshard: microshard).flatMap { $0 }, "input")
    }
  }

  private static func expectClose(_ found: [Float], _ expected: [Float], _ name: String) {
    let largest = expected.map(abs).max() ?? 0
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(found.count == expected.count && worst <= 1e-5 * largest, "\(name)")
  }
}
