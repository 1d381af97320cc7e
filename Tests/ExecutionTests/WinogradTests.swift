import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Winograd's convolution against the direct one, for all that it computes.
@Suite struct WinogradTests {
  /// Of the largest number of each tensor: about ten times the direct algorithm's own error.
  static let tolerance: Float = 1e-5

  struct Case: Sendable, CustomTestStringConvertible {
    var input: Shape
    var channels: Int
    var padding = 1
    var samples = 5
    var microshards = 2

    var testDescription: String {
      "\(input) to \(channels) channels, padding \(padding), \(samples) samples in \(microshards) microshards"
    }

    /// Tiles of four and of three; whole and cut off at the edge; all counts of blocks and of tiles that the
    /// products treat differently; short microshards.
    static let all = [
      Case(input: Shape(32, 24, 24), channels: 48, samples: 2),
      Case(input: Shape(16, 12, 12), channels: 16, samples: 7, microshards: 1),
      Case(input: Shape(40, 6, 6), channels: 20, samples: 9),
      Case(input: Shape(64, 3, 3), channels: 64, samples: 16, microshards: 3),
      Case(input: Shape(3, 5, 7), channels: 33),
      Case(input: Shape(17, 9, 4), channels: 5, padding: 0),
      Case(input: Shape(5, 8, 11), channels: 16, padding: 2),
      Case(input: Shape(16, 1, 1), channels: 16),
    ]
  }

  struct Model: Layer {
    var channels: Int
    var padding: Int

    func callAsFunction(_ x: Symbol) -> Symbol {
      Flatten()(Convolution2D(channels, kernel: 3, padding: padding, name: "op")(x))
    }
  }

  @Test(
    "results and gradients are the direct algorithm's but for rounding",
    .enabled(if: KernelLibrary.instructionSet.hasPrefix("avx512"), "needs AVX-512"), arguments: Case.all)
  func agrees(test: Case) throws {
    let graph = try Graph(
      input: test.input, loss: .squared, model: Model(channels: test.channels, padding: test.padding))
    func executor(_ convolution: ConvolutionAlgorithm) throws -> Executor {
      let executor = try Executor.serial(
        graph,
        Executor.Options(
          partition: MicroshardPartition(batchSize: test.samples, count: test.microshards),
          needsInputGradient: true, convolution: convolution), seed: 3)
      // Twice, so that the second time reads filters transformed after an update.
      for seed in [1, 2] as [UInt64] {
        let batch = RandomBatch(graph, samples: test.samples, seed: seed)
        _ = try executor.forwardBackward(samples: test.samples, fill: batch.fill)
        if seed == 1 { executor.descend() }
      }
      return executor
    }
    let (direct, winograd) = (try executor(.direct), try executor(.winograd))
    for local in 0..<test.microshards {
      let expected = direct.result(ofMicroshard: local).flatMap { $0 }
      let found = winograd.result(ofMicroshard: local).flatMap { $0 }
      #expect(relativeError(found, expected) < Self.tolerance, "result")
      let gradient = direct.inputGradient(ofMicroshard: local).flatMap { $0 }
      let foundGradient = winograd.inputGradient(ofMicroshard: local).flatMap { $0 }
      #expect(relativeError(foundGradient, gradient) < Self.tolerance, "input gradient")
    }
    for (found, expected) in zip(try winograd.gradients(), try direct.gradients()) {
      let error = relativeError(try found.floats, try expected.floats)
      #expect(error < Self.tolerance, "gradient of \(expected.name)")
    }
    // A test that compared the direct algorithm with itself would prove nothing.
    let (left, right) = (try winograd.state()[0].floats, try direct.state()[0].floats)
    #expect(left != right)
  }

  @Test("the shape of a layer alone decides on its algorithm", arguments: [(4, 1), (64, 1), (64, 8)])
  func algorithms(samples: Int, microshards: Int) throws {
    let graph = try Graph(
      input: Shape(12, 12, 12), loss: .softmaxCrossEntropy,
      model: Sequential(
        Convolution2D(32, kernel: 3, padding: 1), Convolution2D(32, kernel: 3, padding: 1),
        Convolution2D(48, kernel: 3, stride: 2, padding: 1), Convolution2D(32, kernel: 3, padding: 1),
        Convolution2D(64, kernel: 3, stride: 2, padding: 1), Convolution2D(64, kernel: 3, padding: 1),
        Convolution2D(64, kernel: 1), Flatten(), Linear(3)))
    func algorithms(_ convolution: ConvolutionAlgorithm) throws -> [String] {
      let executor = try Executor.serial(
        graph,
        Executor.Options(
          partition: MicroshardPartition(batchSize: samples, count: microshards), convolution: convolution),
        seed: 3)
      #expect(executor.algorithms.map(\.layer) == ["0", "1", "2", "3", "4", "5", "6"])
      return executor.algorithms.map(\.algorithm)
    }
    #expect(try algorithms(.direct) == [String](repeating: "direct", count: 7))
    guard KernelLibrary.instructionSet.hasPrefix("avx512") else { return }
    #expect(
      try algorithms(.auto) == [
        "direct", "winograd 4x4", "direct", "winograd 3x3", "direct",
        "direct, gradient of the filters winograd 3x3", "direct",
      ])
    #expect(try algorithms(.winograd).filter { $0.hasPrefix("winograd") }.count == 4)
  }

  @Test("the build uses vectors as wide as the processor's")
  func build() {
    #expect(KernelLibrary.isCompiledForProcessor)
  }
}
