import CanonicalTree
package import Datasets
package import Execution
import Mistakes
package import NeuralNetworks
import Optimizers

/// What a rank needs to compute on batches of a data set: the model's executor over the sums of all ranks.
package final class Replica {
  /// What computes.
  package let executor: Executor
  /// The ranks that have a replica each.
  package let ranks: any Ranks
  /// How it is computed, as the ranks agreed on it.
  package let machine: Machine
  /// How the sums over the ranks are made.
  package let sums: RankSums
  /// The samples of a batch over all ranks.
  private let batchSize: Int
  /// The seed of the run.
  let seed: UInt64
  /// By rank, its microshards; empty unless steps are verified.
  let shares: [Range<Int>]
  private let loss: Graph.Loss
  private let classWeights: [Double]
  /// By parameter, the factor of its learning rate.
  let rateFactors: [Double]
  /// What average of the weights is kept; nil for none.
  let average: WeightAverage?
  /// The largest norm of a gradient; nil for any.
  let clipNorm: Double?

  /// Compiles a model.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - graph: the model on the shape of the samples.
  ///   - recipe: how it is trained.
  ///   - machine: how it is computed; where the ranks must agree, the coordinator's counts.
  ///   - ranks: who computes it.
  ///   - trains: whether gradients will be computed, not only losses.
  ///   - statistics: over what batch normalizations take their statistics; nil: as the recipe says.
  /// - Throws: `UserMistake` or `MistakeElsewhere` if a host has no room for its ranks; `CommonFailure` if the ranks would
  ///   make different sums; what the ranks throw.
  package init(
    _ graph: Graph, _ recipe: Recipe, on machine: Machine, ranks: any Ranks, trains: Bool = true,
    statistics: BatchStatistics? = nil
  ) throws {
    let machine = try machine.agreed(among: ranks)
    try MemoryCheck(ranks).require(graph, recipe, on: machine)
    self.machine = machine
    self.ranks = ranks
    batchSize = recipe.batch.size
    loss = recipe.loss.kind
    classWeights = recipe.loss.classWeights.values
    let sums = try ranks.makeSums(
      SumRequest(
        microshardCount: recipe.batch.microshards, threads: machine.threads, sendsGradients: trains,
        collectives: recipe.collectives, options: machine.reduction))
    self.sums = sums
    var options = recipe.executorOptions(on: machine, bucketByteCount: sums.bucketByteCount)
    if let statistics { options.statistics = statistics }
    // Gradients for other purposes than training are not verified, and are those of all parameters.
    if !trains || statistics != nil {
      (options.verifies, options.frozen, options.freezesStatistics) = (false, [], false)
      (options.averages, options.scalesGradients) = (false, false)
    }
    average = options.averages ? recipe.average : nil
    rateFactors = graph.parameters.map { recipe.fineTuning.rateFactor(of: $0.path) }
    clipNorm = recipe.clipNorm
    seed = UInt64(recipe.seed)
    let own = sums.reduction.microshards
    shares =
      options.verifies
      ? try ranks.allGather([UInt64(own.lowerBound), UInt64(own.upperBound)]).map { Int($0[0])..<Int($0[1]) }
      : []
    executor = try Executor(graph, reduction: sums.reduction, options: options)
    try StartCheck(ranks).requireEqual(sums: executor.sumsInOrder)
  }

  /// What the user should know who wants speed or exactness.
  package var warnings: [String] {
    var warnings: [String] = []
    if !KernelLibrary.isCompiledForProcessor {
      warnings.append(
        "this build makes no use of the processor's vector instructions and is many times slower; build with launch/setup, or "
          + "with -Xcc -march=native"
      )
    }
    if executor.options.statistics == .rank {
      warnings.append("batch_norm.statistics: rank makes the result depend on the number of ranks")
    }
    return warnings + sums.warnings()
  }

  /// Writes a sample and what the loss compares with where the executor wants them.
  ///
  /// - Parameters:
  ///   - source: the data set, of the model's shape.
  ///   - epoch: the epoch from 0, which random changes of the sample depend on.
  package func write(_ sample: Int, of source: any SampleSource, epoch: Int, to memory: SampleMemory) {
    var input = UnsafeMutableBufferPointer(start: memory.input, count: executor.graph.inputShape.count)
      .mutableSpan
    source.write(sample, epoch: epoch, into: &input)
    switch loss {
    case .softmaxCrossEntropy:
      let (label, classes) = (source.label(of: sample), executor.graph.outputShape.count)
      require(
        (0..<classes).contains(Int(label)), "label \(label) of sample \(sample) is not in 0 ..< \(classes)")
      memory.label.pointee = label
    case .squared:
      var targets = UnsafeMutableBufferPointer(start: memory.targets, count: executor.graph.outputShape.count)
        .mutableSpan
      source.writeTargets(of: sample, into: &targets)
    case .binaryCrossEntropy:
      let outputs = executor.graph.outputShape.count
      memory.label.pointee = -1
      if case .classes = source.target { memory.label.pointee = source.label(of: sample) }
      if case .classes(2) = source.target, outputs == 1 {
        memory.targets.pointee = Float(memory.label.pointee)
        return
      }
      var targets = UnsafeMutableBufferPointer(start: memory.targets, count: outputs).mutableSpan
      source.writeTargets(of: sample, into: &targets)
    }
  }

  /// Tells the executor what the samples of the next training batch weigh together: all ranks know all labels.
  ///
  /// - Parameter samples: the batch, as positions in `source`.
  package func weigh(_ samples: some Sequence<Int>, of source: any SampleSource) {
    guard !classWeights.isEmpty else { return }
    executor.batchWeight = samples.reduce(0) { $0 + classWeights[Int(source.label(of: $1))] }
  }

  /// Computes the loss and the gradients of a batch of training samples.
  ///
  /// Every rank must call this with equal arguments.
  ///
  /// - Parameters:
  ///   - samples: the batch, as positions in `source`.
  ///   - epoch: the epoch from 0, which random changes of the samples depend on.
  ///   - step: the steps taken before, for messages.
  ///   - checksReplicas: whether the replicas of all ranks are compared.
  ///   - requests: what this rank asks of all others, as for the executor.
  /// - Throws: `CommonFailure` if the replicas were compared and differ, or the step was verified and ranks computed it
  ///   differently.
  package func forwardBackward(
    _ samples: ArraySlice<UInt32>, of source: any SampleSource, epoch: Int, after step: Int,
    checksReplicas: Bool = false, requests: UInt8 = 0
  ) throws -> BatchMetrics {
    let first = samples.startIndex
    executor.randomness = BatchRandomness(seed: seed, step: step)
    weigh(samples.lazy.map(Int.init), of: source)
    let metrics = try forwardBackward(
      samples: samples.count, after: step, checksReplicas: checksReplicas && ranks.count > 1,
      requests: requests
    ) { position, memory in
      write(Int(samples[first + position]), of: source, epoch: epoch, to: memory)
    }
    try requireWhole(source)
    return metrics
  }

  /// Tells a source what this rank will write of a batch, so that it can read ahead.
  ///
  /// - Parameters:
  ///   - samples: the batch, as positions in `source`.
  ///   - epoch: the epoch from 0.
  func prepare(_ samples: ArraySlice<UInt32>, of source: any SampleSource, epoch: Int) {
    let partition = executor.options.partition
    let positions = sums.reduction.microshards.flatMap { partition.positions(of: $0, samples: samples.count) }
    source.prepare(positions.map { Int(samples[samples.startIndex + $0]) }, epoch: epoch)
  }

  /// Ends this rank, and so all, if a sample that it has written was not what it should be.
  package func requireWhole(_ source: any SampleSource) throws {
    guard let failure = source.failure else { return }
    try ranks.alone { throw failure }
  }

  /// Computes a batch again, and looks for the first number in it that is not finite.
  ///
  /// Every rank must call this with equal arguments, before the run ends.
  ///
  /// - Returns: what this rank has found; nil if nothing.
  func findNonFinite(
    _ samples: ArraySlice<UInt32>, of source: any SampleSource, epoch: Int
  ) throws -> NonFiniteValue? {
    let first = samples.startIndex
    return try executor.findNonFinite(samples: samples.count) { position, memory in
      write(Int(samples[first + position]), of: source, epoch: epoch, to: memory)
    }
  }

  /// The exact metrics and scores of a whole data set, with the running statistics.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - averaged: whether they are those of the average of the weights, where there is one.
  ///   - tell: is told before the first batch and after each one how many samples are done.
  package func evaluate(
    _ source: any SampleSource, averaged: Bool = true, tell: (_ done: Int) throws -> Void = { _ in }
  ) throws -> DataScores {
    try tell(0)
    if averaged, average != nil {
      return try executor.withAverages { try evaluateWeights(source, tell: tell) }
    }
    return try evaluateWeights(source, tell: tell)
  }

  private func evaluateWeights(
    _ source: any SampleSource, tell: (_ done: Int) throws -> Void
  ) throws -> DataScores {
    var total = BatchMetrics()
    var collector = ScoreCollector(
      source, loss: loss, partition: executor.options.partition,
      outputCount: executor.graph.outputShape.count)
    try forEachBatch(of: source) { batch, metrics in
      total += metrics
      collector.add(batch, executor)
      try tell(batch.upperBound)
    }
    return try collector.finish(total, among: ranks)
  }

  /// Computes all samples of a data set, batch by batch in their order, with the running statistics.
  ///
  /// Every rank must call this.
  ///
  /// - Parameter body: is given the samples of a batch and their metrics, while the executor has their results.
  func forEachBatch(
    of source: any SampleSource, _ body: (_ batch: Range<Int>, BatchMetrics) throws -> Void
  ) throws {
    let batches = Batches(sampleCount: source.count, batchSize: batchSize)
    func prepare(_ batch: Int) {
      guard batch < batches.count else { return }
      self.prepare(batches[batch].map { UInt32($0) }[...], of: source, epoch: 0)
    }
    prepare(0)
    for (index, batch) in batches.enumerated() {
      prepare(index + 1)
      let metrics = try executor.evaluate(samples: batch.count) { position, memory in
        write(batch.lowerBound + position, of: source, epoch: 0, to: memory)
      }
      try requireWhole(source)
      try body(batch, metrics)
    }
  }
}
