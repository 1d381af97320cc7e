import CanonicalTree
public import NeuralNetworks

/// What an executor will need on a rank, from the plans it would make, without the memory for them.
public struct ExecutionEstimate {
  /// By value of the graph, the bytes that it takes in one microshard; nil where it is never stored.
  public let valueByteCounts: [Int?]
  /// The sums over all ranks in a step of training, in their order.
  public let trainingSums: [BatchSum]
  /// All sums that are prepared, those of evaluations included.
  public let sums: [BatchSum]
  /// The arena of one microshard, in bytes: values, gradients and what kernels keep between the passes.
  public let arenaByteCount: Int
  /// The scratch memory of a thread in bytes.
  public let scratchpadByteCount: Int
  /// The parameters, in the layouts that kernels like, in bytes.
  public let parameterByteCount: Int
  /// What the update rule keeps beside the parameters, averages, and a gradient that is multiplied for it, in bytes.
  public let slotByteCount: Int
  /// The weights in further layouts, in bytes.
  public let weightCopyByteCount: Int
  /// Running statistics and coefficients of batch normalizations, in bytes.
  public let normalizationByteCount: Int
  /// Gradients and sums of single microshards, before they are added up, in bytes.
  public let leafByteCount: Int

  /// Compiles the plans of a graph for the full microshards of a rank.
  ///
  /// - Parameters:
  ///   - share: the microshards of the rank.
  ///   - options: as those of the executor.
  /// - Throws: `OneDNNError` where oneDNN has no kernel for an operation.
  public init(_ graph: Graph, microshards share: Range<Int>, options: Executor.Options) throws {
    let frozen = graph.parameters(under: options.frozen)
    let engine = try Engine()
    let lowered = LoweredGraph(
      graph, mostPlainChannels: engine.mostPlainChannels, needsInputGradient: options.needsInputGradient,
      precision: options.precision, frozen: frozen, freezesStatistics: options.freezesStatistics)
    let capacity = options.partition.capacity
    let training = try Plan(
      lowered, samples: capacity, training: true, convolution: options.convolution, engine: engine)
    let evaluation = try Plan(
      lowered, samples: capacity, training: false, convolution: options.convolution, engine: engine)
    let layouts = try ParameterStore.layouts(graph, preferred: training.preferredWeightLayouts)
    let byteCounts = layouts.map { AlignedMemory.padded($0.byteCount) }
    let trainingOrder = ExecutionOrder.training(
      lowered, statistics: options.statistics, parameterCounts: byteCounts.map { $0 / 4 },
      bucketByteCount: options.bucketByteCount)
    let evaluationOrder = ExecutionOrder.evaluation(lowered)
    training.place(trainingOrder)
    evaluation.place(evaluationOrder)

    var stored = [Int?](repeating: nil, count: graph.values.count)
    for value in [graph.input] + lowered.nodes.map(\.output) where stored.indices.contains(value) {
      stored[value] = training.layouts[value].byteCount
    }
    valueByteCounts = stored
    trainingSums = trainingOrder.sums
    sums = trainingOrder.sums + evaluationOrder.sums
    arenaByteCount = max(training.memory.byteCount, evaluation.memory.byteCount)
    scratchpadByteCount = max(training.scratchpadByteCount, evaluation.scratchpadByteCount)
    parameterByteCount = byteCounts.reduce(0, +)
    slotByteCount =
      ParameterStore.slotByteCount(
        options.slots, parameterCounts: byteCounts.map { $0 / 4 }, frozen: frozen)
      + (options.averages
        ? WeightAverages.byteCount(graph, parameterCounts: byteCounts.map { $0 / 4 }, frozen: frozen) : 0)
      + (options.scalesGradients ? byteCounts.max() ?? 0 : 0)
    weightCopyByteCount = Self.copies(lowered, [training, evaluation], besides: layouts)

    let channels = graph.buffers.filter { $0.role == .runningMean }.map {
      AlignedMemory.padded(4 * $0.count)
    }
    let slotCount = share.count + (options.verifies ? 1 : 0)
    let ownCoefficients = options.statistics == .microshard ? slotCount : 0
    let arrayCount = 2 + (1 + ownCoefficients) * NormalizationMemory.Coefficients.arrayCount
    var scaleByteCount = 0
    for (parameter, byteCount) in zip(graph.parameters, byteCounts)
    where parameter.role == .scale || parameter.role == .shift {
      scaleByteCount += byteCount
    }
    normalizationByteCount = channels.reduce(0, +) * arrayCount + scaleByteCount
    let subtreeCount = CanonicalTree(leafCount: options.partition.count).subtrees(in: share).count
    let largest = lowered.nodes.map { $0.parameters.reduce(0) { $0 + byteCounts[$1] } }.max() ?? 0
    let smallSums = sums.filter { $0.kind != .gradients }.reduce(0) {
      $0 + AlignedMemory.padded($1.byteCount)
    }
    leafByteCount = (slotCount - subtreeCount) * largest + slotCount * smallSums
  }

  /// The bytes of the weights that kernels read in another layout than the stored one, each layout once.
  private static func copies(
    _ graph: LoweredGraph, _ plans: [Plan], besides layouts: [MemoryDescriptor]
  ) -> Int {
    var byteCount = 0
    for (index, node) in graph.nodes.enumerated() where node.hasWeights {
      var known = [layouts[node.parameters[0]]]
      for layout in plans.flatMap({ $0.kernels[index].weightLayouts }) {
        guard !known.contains(where: { $0.isEqual(to: layout) }) else { continue }
        known.append(layout)
        byteCount += layout.byteCount
      }
    }
    return byteCount
  }
}
