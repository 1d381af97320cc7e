import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Training with values in bfloat16, beside the same in single precision.
@Suite(.enabled(if: KernelLibrary.supports(.bfloat16), "needs AVX-512 BF16 or AMX"))
struct BFloat16Tests {
  /// The means of two pixels: vectors are read, added and rounded.
  private struct PairMeans: Layer {
    func callAsFunction(_ x: Symbol) -> Symbol { Flatten()(GlobalAveragePooling2D()(x)) }
  }

  /// The nearest bfloat16, of two equally near ones the one whose last bit is 0, found by trying both.
  private func rounded(_ value: Float) -> Float {
    let low = Float(bitPattern: value.bitPattern & 0xffff_0000)
    let high = Float(bitPattern: (value.bitPattern & 0xffff_0000) + 0x1_0000)
    let (below, above) = (abs(Double(value) - Double(low)), abs(Double(high) - Double(value)))
    if below != above { return below < above ? low : high }
    return low.bitPattern & 0x1_0000 == 0 ? low : high
  }

  private func options(_ precision: ElementType, samples: Int, microshards: Int = 1) -> Executor.Options {
    Executor.Options(
      partition: MicroshardPartition(batchSize: samples, count: microshards), needsInputGradient: true,
      precision: precision)
  }

  @Test("numbers are rounded to the nearest, of two equally near ones to the even")
  func rounding() throws {
    let graph = try Graph(input: Shape(19, 1, 2), loss: .squared, model: PairMeans())
    let executor = try Executor.serial(graph, options(.bfloat16, samples: 50))
    var batch = RandomBatch(graph, samples: 50)
    // Halves of an odd last place, to both sides of the even; numbers of both signs, small and large.
    batch.inputs[0][0...3] = [1 + 1 / 256, 1 + 1 / 256, 1 + 3 / 256, 1 + 3 / 256]
    batch.inputs[1][0...3] = [-1, -1 - 1 / 128, 1e30, 1e30]
    batch.inputs[2][0...3] = [1e-30, 1e-30, -0.0, 0]
    _ = try executor.forwardBackward(samples: 50, fill: batch.fill)
    let expected = batch.inputs.map { row in
      (0..<19).map { rounded((rounded(row[2 * $0]) + rounded(row[2 * $0 + 1])) * 0.5) }
    }
    #expect(executor.result(ofMicroshard: 0) == expected)
    #expect(expected[0][0...1] == [1, 1 + 1 / 64], "to the even")
  }

  /// An operation by itself.
  enum Single: String, CaseIterable, Layer {
    case convolution, strided, pointwise, linear, normalized, rectified, sigmoided, shortcut, maximum, average
    case globalAverage, relu, sigmoid, sum, concatenation

    func callAsFunction(_ x: Symbol) -> Symbol {
      let norm = BatchNorm(name: "op")
      let y: Symbol =
        switch self {
        case .convolution: Convolution2D(20, kernel: 3, padding: 1, name: "op")(x)
        case .strided: Convolution2D(7, kernel: 3, stride: 2, padding: 1, name: "op")(x)
        case .pointwise: Convolution2D(33, kernel: 1, name: "op")(x)
        case .linear: Linear(19, name: "op")(Flatten()(x))
        case .normalized: norm(x)
        case .rectified: NeuralNetworks.relu(norm(x))
        case .sigmoided: NeuralNetworks.sigmoid(norm(x))
        case .shortcut: NeuralNetworks.relu(norm(x) + x)
        case .maximum: Pooling2D(.max, kernel: 3, stride: 2, padding: 1)(x)
        case .average: Pooling2D(.average, kernel: 2)(x)
        case .globalAverage: GlobalAveragePooling2D()(x)
        case .relu: NeuralNetworks.relu(x)
        case .sigmoid: NeuralNetworks.sigmoid(x)
        case .sum: norm(x) + NeuralNetworks.sigmoid(x)
        case .concatenation: concatenate([x, NeuralNetworks.sigmoid(x)])
        }
      return Flatten()(y)
    }
  }

  /// Of the largest number of each tensor: eight bits leave an error of 0.4 % in each number.
  static let tolerance: Float = 0.015

  @Test(
    "results and gradients of each operation are those of single precision but for rounding",
    arguments: Single.allCases, [16, 21])
  func operations(operation: Single, channels: Int) throws {
    let graph = try Graph(input: Shape(channels, 6, 6), loss: .squared, model: operation)
    var batch = RandomBatch(graph, samples: 11)
    // So that both take the same numbers for positive, and for the largest.
    batch.inputs = batch.inputs.map { $0.map(rounded) }
    func executor(_ precision: ElementType) throws -> Executor {
      let executor = try Executor.serial(graph, options(precision, samples: 11, microshards: 3))
      _ = try executor.forwardBackward(samples: 11, fill: batch.fill)
      return executor
    }
    let (single, half) = (try executor(.float32), try executor(.bfloat16))
    for local in 0..<3 {
      let error = relativeError(
        half.result(ofMicroshard: local).flatMap { $0 }, single.result(ofMicroshard: local).flatMap { $0 })
      #expect(error < Self.tolerance, "result: \(error)")
      let gradientError = relativeError(
        half.inputGradient(ofMicroshard: local).flatMap { $0 },
        single.inputGradient(ofMicroshard: local).flatMap { $0 })
      // Were it smaller, the values would not be rounded at all.
      #expect(gradientError < Self.tolerance && gradientError > 1e-4, "input gradient: \(gradientError)")
    }
    for (found, expected) in zip(try half.gradients(), try single.gradients()) {
      let error = relativeError(try found.floats, try expected.floats)
      #expect(error < Self.tolerance && error > 1e-6, "gradient of \(expected.name): \(error)")
    }
  }

  @Test("parameters are kept in single precision: steps too small for bfloat16 are not lost")
  func masterWeights() throws {
    let graph = try SmallModel.leNet.graph
    let executor = try Executor.serial(graph, options(.bfloat16, samples: 8))
    let batch = RandomBatch(graph, samples: 8)
    _ = try executor.forwardBackward(samples: 8, fill: batch.fill)
    let before = try executor.state()[0].floats
    executor.descend(learningRate: 1e-4)
    let gradient = try executor.gradients()[0].floats
    #expect(try executor.state()[0].floats == zip(before, gradient).map { $0 - 1e-4 * $1 })
    #expect(before.contains { rounded($0) != $0 })
  }

  @Test("the loss falls as in single precision")
  func descends() throws {
    let graph = try Graph(input: Shape(1, 28, 28), loss: .softmaxCrossEntropy, model: LeNet(classes: 10))
    func losses(_ precision: ElementType) throws -> [Double] {
      let executor = try Executor.serial(
        graph,
        Executor.Options(partition: MicroshardPartition(batchSize: 32, count: 4), precision: precision))
      let batch = RandomBatch(graph, samples: 32)
      return try (0..<20).map { _ in
        let loss = try executor.forwardBackward(samples: 32, fill: batch.fill).loss
        executor.descend(learningRate: 0.5)
        return loss
      }
    }
    let (single, half) = (try losses(.float32), try losses(.bfloat16))
    #expect(half != single)
    for (found, expected) in zip(half, single) { #expect(abs(found - expected) < 0.03 * single[0]) }
    #expect(half[19] < 0.5 * half[0])
  }

  @Test("values take half the memory, and weights half of it again")
  func memory() throws {
    let graph = try Graph(input: Shape(3, 32, 32), loss: .softmaxCrossEntropy, model: ResNet(classes: 10))
    func estimate(_ precision: ElementType) throws -> ExecutionEstimate {
      try ExecutionEstimate(
        graph, microshards: 0..<2,
        options: Executor.Options(
          partition: MicroshardPartition(batchSize: 8, count: 2), precision: precision))
    }
    let (single, half) = (try estimate(.float32), try estimate(.bfloat16))
    #expect(Double(half.arenaByteCount) < 0.6 * Double(single.arenaByteCount))
    // A copy of all weights in two bytes, for each of two directions.
    #expect(half.weightCopyByteCount > 2 * graph.parameterCount)
    #expect(half.weightCopyByteCount < 5 * graph.parameterCount)
    let last = try #require(half.valueByteCounts[graph.operations[0].output])
    #expect(single.valueByteCounts[graph.operations[0].output] == 2 * last)
  }
}
