import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// The executor's gradients against central differences of the loss, evaluated plainly in double precision.
@Suite struct FiniteDifferenceTests {
  /// Half the distance of the two points of a difference.
  static let step = 1e-6
  /// Of a difference, relative to the largest element of its tensor's gradient.
  ///
  /// It is about 2e-5 as a rule. A normalization of single pixels over four samples can make it tenfold, which the
  /// seed avoids.
  static let tolerance = 1e-4
  static let seed: UInt64 = 12

  struct Case: Sendable, CustomTestStringConvertible {
    var model: SmallModel
    var microshards: Int
    var statistics: BatchStatistics
    /// The samples, fewer than the batch size so that microshards are short and, but for LeNet, empty.
    ///
    /// LeNet normalizes single pixels, which is badly conditioned over very few samples.
    var samples: Int { model == .leNet ? 11 : 5 }
    /// How far apart the elements of a tensor are that are tried: the differences of a wide model take long.
    ///
    /// Of scales and shifts several are tried, for the unit of a channel may be zero for all samples.
    func stride(count: Int) -> Int { model == .wideDense ? count > 200 ? 61 : 7 : 1 }
    var partition: MicroshardPartition {
      MicroshardPartition(batchSize: model == .leNet ? 12 : 9, count: microshards)
    }

    var testDescription: String { "\(model), \(microshards) microshards, \(statistics) statistics" }

    static let all = SmallModel.allCases.flatMap { model in
      [1, 3].flatMap { microshards in
        [BatchStatistics.global, .microshard, .running].map {
          Case(model: model, microshards: microshards, statistics: $0)
        }
      }
    }
  }

  @Test("loss and gradients of parameters and inputs are those of the definition", arguments: Case.all)
  func gradients(test: Case) throws {
    let graph = try test.model.graph
    let executor = try Executor.serial(
      graph,
      Executor.Options(
        partition: test.partition, statistics: test.statistics, threads: 2, bucketByteCount: 300,
        needsInputGradient: true), seed: Self.seed)
    let batch = RandomBatch(graph, samples: test.samples)
    try executor.loadRandomBuffers()
    let state = try executor.state()
    let metrics = try executor.forwardBackward(samples: test.samples, fill: batch.fill)

    let shards = (0..<test.microshards).map { test.partition.positions(of: $0, samples: test.samples) }
    var reference = ReferenceInterpreter(
      graph: graph, parameters: try state.doubles(graph.parameters.map(\.path)),
      groups: test.statistics == .microshard ? shards : [0..<test.samples],
      running: try test.statistics == .running ? state.doubles(graph.buffers.map(\.path)) : nil)
    var inputs = batch.inputs.map { $0.map(Double.init) }
    let (labels, targets) = (batch.labels.map(Int.init), batch.targets.map { $0.map(Double.init) })
    func loss() -> Double { reference.loss(inputs, labels: labels, targets: targets) }

    let expected = loss()
    #expect(abs(metrics.loss - expected) < 1e-5 * expected)
    #expect(metrics.samples == Double(test.samples))

    for (parameter, gradient) in try executor.gradients().enumerated() {
      let count = reference.parameters[parameter].count
      let places = Array(stride(from: 0, to: count, by: test.stride(count: count)))
      let differences = places.map { index in
        let value = reference.parameters[parameter][index]
        defer { reference.parameters[parameter][index] = value }
        return Self.difference(at: value) {
          reference.parameters[parameter][index] = $0
          return loss()
        }
      }
      let found = try gradient.floats
      #expect(found.count == reference.parameters[parameter].count, "\(gradient.name)")
      Self.expect(places.map { found[$0] }, differences, gradient.name)
    }
    let found = (0..<test.microshards).flatMap { executor.inputGradient(ofMicroshard: $0) }
    try #require(found.count == test.samples)
    let differences = inputs.indices.flatMap { sample in
      inputs[sample].indices.map { index in
        let value = inputs[sample][index]
        defer { inputs[sample][index] = value }
        return Self.difference(at: value) {
          inputs[sample][index] = $0
          return loss()
        }
      }
    }
    Self.expect(found.flatMap { $0 }, differences, "input")
  }

  private static func difference(at place: Double, _ loss: (Double) -> Double) -> Double {
    (loss(place + step) - loss(place - step)) / (2 * step)
  }

  private static func expect(_ found: [Float], _ expected: [Double], _ name: String) {
    let largest = expected.map(abs).max() ?? 0
    #expect(found.count == expected.count && largest > 0, "\(name)")
    let error = zip(found, expected).map { abs(Double($0) - $1) }
    let worst = error.allSatisfy(\.isFinite) ? (error.max() ?? 0) / largest : .infinity
    #expect(worst < tolerance, "\(name)")
  }
}
