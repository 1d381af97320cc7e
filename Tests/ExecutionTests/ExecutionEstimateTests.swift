import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// What is told before a run against what an executor then takes.
@Suite struct ExecutionEstimateTests {
  /// Sums on one rank, remembered.
  private final class RecordingReduction: BatchReduction {
    let serial: SerialReduction
    private(set) var prepared: [BatchSum] = []

    init(microshardCount: Int) {
      serial = SerialReduction(microshardCount: microshardCount)
    }

    var microshardCount: Int { serial.microshardCount }
    var microshards: Range<Int> { serial.microshards }

    func prepare(_ sums: [BatchSum]) -> [BatchSumMemory] {
      prepared = sums
      return serial.prepare(sums)
    }

    func releaseResults() {}
    func acquireSummands() {}
    func start(_ sum: Int) {}
    func finish(_ sum: Int) {}
  }

  private func graph() throws -> Graph {
    try Graph(input: Shape(3, 32, 32), loss: .softmaxCrossEntropy, model: ResNet(classes: 10))
  }

  @Test("arena and sums are those of the executor", arguments: [BatchStatistics.global, .microshard, .rank])
  func agrees(statistics: BatchStatistics) throws {
    let reduction = RecordingReduction(microshardCount: 3)
    let options = Executor.Options(
      partition: MicroshardPartition(batchSize: 10, count: 3), statistics: statistics,
      bucketByteCount: 300_000,
      slots: [
        ParameterSlot(name: "exp_avg"), ParameterSlot(name: "step", shape: .scalar),
        ParameterSlot(name: "exp_avg_sq"),
      ])
    let graph = try graph()
    let executor = try Executor(graph, reduction: reduction, options: options)
    let estimate = try ExecutionEstimate(graph, microshards: 0..<3, options: options)
    #expect(estimate.arenaByteCount == executor.arenaByteCount)
    #expect(estimate.sums == reduction.prepared)
    #expect(estimate.sums.starts(with: estimate.trainingSums))
    // Every number takes four bytes; layouts only add to that.
    #expect(estimate.parameterByteCount >= 4 * graph.parameterCount)
    #expect(estimate.parameterByteCount < 5 * graph.parameterCount)
    #expect(
      estimate.slotByteCount == 2 * estimate.parameterByteCount + 64 * graph.parameters.count)
    let gradients = estimate.trainingSums.filter { $0.kind == .gradients }.reduce(0) { $0 + $1.byteCount }
    let scales = graph.parameters.filter { [.scale, .shift].contains($0.role) }
    #expect(
      gradients <= estimate.parameterByteCount
        && gradients >= 4 * (graph.parameterCount - scales.reduce(0) { $0 + $1.shape.count }))
  }

  @Test("in a dense block each feature map is kept once, and its statistics are summed once")
  func denseBlock() throws {
    func estimate(growth: Int) throws -> ExecutionEstimate {
      let graph = try Graph(
        input: Shape(1, 64, 64), loss: .softmaxCrossEntropy,
        model: DenseNet(classes: 10, growth: growth, blocks: [4]))
      let options = Executor.Options(partition: MicroshardPartition(batchSize: 4, count: 1))
      return try ExecutionEstimate(graph, microshards: 0..<1, options: options)
    }
    func channels(_ estimate: ExecutionEstimate) -> [Int] {
      estimate.trainingSums.filter { $0.kind == .moments }.map { $0.count / 2 }
    }
    // The stem, its pooled maps, then what each convolution adds.
    let shared = try estimate(growth: 32)
    #expect(channels(shared) == [64, 64, 32, 32, 32, 32])
    // Maps that fill no block of channels are measured by each normalization anew.
    let apart = try estimate(growth: 31)
    #expect(channels(apart) == [64, 64, 31, 62, 93, 124])
    guard KernelLibrary.instructionSet.hasPrefix("avx512") else { return }
    #expect(shared.arenaByteCount < apart.arenaByteCount)
  }

  @Test("kernels are measured if asked, which changes no bit")
  func profiles() throws {
    let graph = try graph()
    func gradients(measures: Bool) throws -> ([StateTensor], [KernelProfile]) {
      let executor = try Executor(
        graph, reduction: SerialReduction(microshardCount: 2),
        options: Executor.Options(partition: MicroshardPartition(batchSize: 4, count: 2), threads: 2))
      try executor.initialize(.he, seed: 3)
      executor.measuresKernels(measures)
      let x = (0..<4 * graph.inputShape.count).map { Float($0 % 97) / 97 }
      _ = try executor.forwardBackward(
        samples: 4, fill: fill(x, graph.inputShape.count, labels: [1, 2, 3, 4]))
      return (try executor.gradients(), executor.kernelProfiles())
    }
    let (plain, none) = try gradients(measures: false)
    let (measured, profiles) = try gradients(measures: true)
    #expect(plain == measured)
    #expect(none.isEmpty)
    #expect(profiles.allSatisfy { $0.seconds > 0 && $0.bytes > 0 })
    // Of all convolutions and the linear layer: forward, weights, and but for the first the input.
    let forward = 4 * graph.multiplyAddCount
    let first = 4 * graph.multiplyAdds(of: graph.operations[0])
    #expect(profiles.reduce(0) { $0 + $1.operations } == Double(2 * (3 * forward - first)))
    #expect(Set(profiles.map(\.kind)) == Set(KernelProfile.Kind.allCases))
    let norms = graph.buffers.count / 2
    #expect(profiles.count { $0.kind == .batchNorm } == 4 * norms)
  }
}
