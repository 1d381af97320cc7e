import CanonicalTree
import Mistakes
import NeuralNetworks

/// Products of the Hessian of an executor's training loss with vectors, exact but for rounding, over all ranks.
///
/// A pass computes the derivative of the gradient in a direction, operation by operation, with the kernels of the
/// executor: see ``TangentOperation``. Sums over the batch go along the canonical tree, so that the bits depend neither on
/// ranks nor on threads.
///
/// The parameters, the running statistics and the random numbers are those that the executor has when a batch is
/// computed; nothing of it changes. One thread at a time may call it.
package final class HessianProducts {
  /// Whose parameters they are.
  package let executor: Executor
  let lowered: LoweredGraph
  let reduction: any BatchReduction
  let share: RankShare
  /// The vector of the product, as a parameter store has it.
  let direction: ParameterStore
  let microshards: [TangentMicroshard]
  /// By node, the sums of a batch normalization.
  let normalizations: [Int: NormalizationSums]
  let leaves: GradientLeaves
  /// By thread, its scratch memory.
  private(set) var scratch: [TangentScratch]
  let lossScales = AlignedMemory(byteCount: 64)
  private var plans: [Int: TangentPlan] = [:]
  private var kernelByteCount: Int
  private var scratchMemory: [AlignedMemory]
  private let progress: ProgressRecord?
  private let places: [Int: ExecutionOrder.BucketPlace]
  private let productSum: Int
  private let sumMemory: [BatchSumMemory]

  /// The sums over the batch in their order.
  package let sums: [BatchSum]

  /// Compiles the passes of an executor's graph.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - executor: has the parameters; in single precision, none of them frozen.
  ///   - reduction: makes the sums of this pass and no other; over the same microshards as the executor's.
  /// - Throws: `OneDNNError` where oneDNN has no kernel for an operation; what the reduction throws.
  package init(of executor: Executor, reduction: any BatchReduction) throws {
    let options = executor.options
    require(
      options.precision == .float32 && options.frozen.isEmpty,
      "products with the Hessian of all parameters need float32 and no frozen ones, given "
        + "\(options.precision) and \(options.frozen)")
    require(
      reduction.microshards == executor.reduction.microshards,
      "given sums over the microshards \(reduction.microshards), but the executor has \(executor.reduction.microshards)"
    )
    (self.executor, self.reduction) = (executor, reduction)
    let (graph, store) = (executor.graph, executor.store)
    var lowered = LoweredGraph(
      graph, mostPlainChannels: executor.engine.mostPlainChannels, needsInputGradient: false,
      precision: .float32, fuses: false)
    lowered.dropsOut = executor.lowered.dropsOut
    lowered.classWeights = executor.lowered.classWeights
    self.lowered = lowered
    progress = reduction.watch(operations: lowered.nodes.map(\.path))
    share = RankShare(reduction)
    direction = try ParameterStore(
      graph, preferred: store.layouts, slots: [], frozen: [], engine: executor.engine)

    var sums: [BatchSum] = []
    var positions: [Int: [Int]] = [:]
    for (index, node) in lowered.nodes.enumerated() where node.isBatchNorm && options.statistics == .global {
      let channels = lowered.values[node.output].shape.channels
      let own = NormalizationSums.sums(node.path, channels: channels)
      positions[index] = Array(sums.count..<sums.count + own.count)
      sums += own
    }
    var places: [Int: ExecutionOrder.BucketPlace] = [:]
    var count = 0
    for parameter in graph.parameters.indices {
      places[parameter] = ExecutionOrder.BucketPlace(
        sum: sums.count, offset: count, count: store.counts[parameter])
      count += store.counts[parameter]
    }
    productSum = sums.count
    sums.append(BatchSum(kind: .gradients, count: count, name: "product with the Hessian"))
    (self.sums, self.places) = (sums, places)
    let memory = try reduction.prepare(sums)
    sumMemory = memory
    leaves = GradientLeaves(
      lowered, places, share: share, sumMemory: memory, parameterCounts: store.counts)
    var normalizations: [Int: NormalizationSums] = [:]
    for (index, node) in lowered.nodes.enumerated() {
      guard case .batchNorm(let normalization, _, _) = node.kind else { continue }
      normalizations[index] = NormalizationSums(
        node.path, normalization, channels: lowered.values[node.output].shape.channels,
        statistics: node.statistics(of: options.statistics), share: share,
        positions: positions[index] ?? [], memory: memory)
    }
    self.normalizations = normalizations

    let capacity = options.partition.capacity
    microshards = share.microshards.map { _ in
      TangentMicroshard(capacity: capacity, targetCount: graph.outputShape.count)
    }
    let plan = try TangentPlan(
      lowered, samples: capacity, convolution: options.convolution, engine: executor.engine)
    plans[capacity] = plan
    let nodeCount = lowered.nodes.map { $0.parameters.reduce(0) { $0 + store.counts[$1] } }.max() ?? 0
    let byteCounts = [
      plan.plan.scratchpadByteCount, plan.plan.layouts.map(\.byteCount).max() ?? 0, 4 * nodeCount,
      4 * (store.counts.max() ?? 0),
    ]
    kernelByteCount = plan.plan.scratchpadByteCount
    let memories = (0..<options.threads).map { _ in byteCounts.map { AlignedMemory(byteCount: $0) } }
    scratch = memories.map {
      TangentScratch(
        kernels: $0[0].base, value: $0[1].base, parameters: $0[2].base.floats, zeros: $0[3].base.floats)
    }
    scratchMemory = memories.flatMap { $0 }
  }

  /// The plan for microshards of a size, compiled at its first use.
  func plan(samples: Int) throws(OneDNNError) -> TangentPlan {
    if let plan = plans[samples] { return plan }
    let plan = try TangentPlan(
      lowered, samples: samples, convolution: executor.options.convolution, engine: executor.engine)
    plans[samples] = plan
    // The kernels of fewer samples may be others, and need more; what is bound already keeps what it has.
    if plan.plan.scratchpadByteCount > kernelByteCount {
      kernelByteCount = plan.plan.scratchpadByteCount
      for thread in scratch.indices {
        let memory = AlignedMemory(byteCount: kernelByteCount)
        scratch[thread].kernels = memory.base
        scratchMemory.append(memory)
      }
    }
    return plan
  }

  /// The bytes that the values of a full microshard and their derivatives take; the same on all ranks.
  package var microshardByteCount: Int { plans[executor.options.partition.capacity]?.byteCount ?? 0 }

  /// The bytes that the pass takes on this rank beside the executor.
  package var byteCount: Int {
    let arenas = microshards.count * microshardByteCount
    return arenas + scratchMemory.reduce(0) { $0 + $1.byteCount }
      + 4 * executor.store.counts.reduce(0, +) * (1 + share.subtreeBegins.count)
  }

  /// Takes the vector of the products that follow.
  ///
  /// - Parameter vector: as many elements as there are parameters, in the order of `Executor.parameterVector()`.
  package func setDirection(_ vector: [Float]) throws { try direction.setValues(vector) }

  /// The product of the Hessian of a batch's loss with the direction.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - samples: the samples of the global batch, at least 1 and at most the partition's batch size.
  ///   - fill: writes the sample at a position of the batch; called for this rank's positions, from several threads.
  /// - Returns: as many elements as there are parameters.
  /// - Throws: what the reduction throws.
  package func product(samples: Int, fill: (Int, SampleMemory) -> Void) throws -> [Float] {
    let partition = executor.options.partition
    require(
      samples >= 1 && samples <= partition.count * partition.capacity,
      "given a batch of \(samples) samples but 1 to \(partition.count * partition.capacity) needed")
    defer { progress?.enter(.nothing) }
    try reduction.releaseResults()
    try begin(samples: samples, fill: fill)
    try reduction.acquireSummands()
    for index in lowered.nodes.indices {
      try sum(.moments, of: index) { $0.sumMoments(into: $1) }
      try sum(.tangents, of: index) { $0.sumTangents(into: $1) }
      forEach { operations, _ in
        progress?.enter(.forward, operation: index)
        operations.nodes[index].forward()
      }
    }
    for index in lowered.nodes.indices.reversed()
    where lowered.values[lowered.nodes[index].output].needsGradient {
      clearProducts(of: index)
      try sum(.gradients, of: index) { $0.sumGradients(into: $1) }
      forEach { operations, _ in
        progress?.enter(.backward, operation: index)
        operations.backward(index)
      }
      mergeProducts(of: index)
    }
    try reduction.start(productSum)
    try reduction.finish(productSum)
    let result = sumMemory[productSum].result.floats
    return try executor.store.vector { result + (places[$0]?.offset ?? 0) }
  }

  /// Ties the operations to the microshards, writes the samples, and takes what the parameters are now.
  private func begin(samples: Int, fill: (Int, SampleMemory) -> Void) throws {
    let store = executor.store
    for (local, microshard) in microshards.enumerated() {
      let positions = executor.options.partition.positions(of: share.microshards[local], samples: samples)
      microshard.firstPosition = positions.lowerBound
      microshard.active = positions.isEmpty ? nil : try operations(samples: positions.count, of: local)
    }
    executor.setLossScales(
      samples: samples, training: true, gradient: lossScales.base, loss: lossScales.base + 8)
    store.refreshCopies(executor.team)
    direction.refreshCopies(executor.team)
    for (index, sums) in normalizations {
      let node = lowered.nodes[index]
      sums.begin(
        parameters: node.parameters.map(store.values), direction: node.parameters.map(direction.values),
        running: node.buffers.map(store.buffer))
    }
    let inputCount = executor.graph.inputShape.count
    forEach { operations, local in
      let microshard = microshards[local]
      operations.inputTangent.update(repeating: 0, count: operations.samples * inputCount)
      for index in 0..<operations.samples {
        progress?.enter(.samples)
        fill(
          microshard.firstPosition + index,
          SampleMemory(
            input: operations.input + index * inputCount, label: microshard.labels + index,
            targets: microshard.targets + index * microshard.targetCount,
            thread: local % executor.team.count))
      }
    }
  }

  /// Shows the operations of each microshard that has samples, on its thread.
  private func forEach(_ body: (TangentOperations, _ local: Int) -> Void) {
    executor.team.run { thread in
      for local in stride(from: thread, to: microshards.count, by: executor.team.count) {
        if let operations = microshards[local].active { body(operations, local) }
      }
    }
  }

  /// Takes a sum of a batch normalization, unless it is none, or takes its running statistics.
  private func sum(
    _ part: NormalizationSums.Part, of index: Int,
    _ body: (NormalizationTangent, UnsafeMutablePointer<Double>) -> Void
  ) throws {
    // The sums of the gradients are products, too.
    guard let sums = normalizations[index], part == .gradients || sums.statistics != .running else { return }
    let leaves = microshards.indices.map { sums.leaf(part, $0) }
    forEach { operations, local in
      progress?.enter(part == .gradients ? .backward : .statistics, operation: index)
      guard let normalization = operations.nodes[index] as? NormalizationTangent else { return }
      body(normalization, leaves[local])
    }
    try sums.finish(part, reduction)
  }

  /// Where a microshard has no samples, its products are zeros.
  private func clearProducts(of index: Int) {
    for (local, microshard) in microshards.enumerated() where microshard.active == nil {
      for (parameter, product) in zip(lowered.nodes[index].parameters, leaves.places[index][local]) {
        product.update(repeating: 0, count: executor.store.counts[parameter])
      }
    }
  }

  /// Adds up the products of a node's parameters over this rank's microshards, along the canonical tree.
  private func mergeProducts(of index: Int) {
    for (position, parameter) in lowered.nodes[index].parameters.enumerated() {
      let sum = BatchSum(
        kind: .gradients, count: executor.store.layouts[parameter].byteCount / 4,
        name: executor.graph.parameters[parameter].path)
      for merge in share.merges {
        let places = leaves.places[index]
        sum.merge(places[merge.from][position], into: places[merge.into][position])
      }
    }
  }
}
