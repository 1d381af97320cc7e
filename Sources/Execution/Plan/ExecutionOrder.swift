import NeuralNetworks

/// The steps of a batch in the order they are taken, and the sums over the batch among them.
///
/// It follows from the graph alone: it is the same for every rank and for microshards of every size.
struct ExecutionOrder {
  /// One step.
  enum Step: Hashable {
    /// A phase of a node, for every microshard of the rank.
    case compute(node: Int, Phase)
    /// The gradients of a node's parameters are summed over the rank's microshards.
    case foldGradients(node: Int)
    /// A sum over all ranks begins.
    case start(sum: Int)
    /// The result of a sum is waited for.
    case finish(sum: Int)
    /// The moments of a batch normalization become coefficients.
    case setForward(node: Int)
    /// The backward sums of a batch normalization become coefficients and gradients.
    case setBackward(node: Int)
  }

  /// A parameter's place in a bucket of gradients.
  struct BucketPlace: Hashable {
    /// The sum that the bucket is.
    var sum: Int
    /// The place of the first element in the bucket.
    var offset: Int
    /// The number of elements, padding to a whole cache line included.
    var count: Int
  }

  /// The steps in order.
  private(set) var steps: [Step] = []
  /// The sums over the batch, in the order of their positions; the first is that of the metrics.
  private(set) var sums: [BatchSum] = []
  /// By node, the sum of a batch normalization's moments; global statistics only.
  private(set) var momentSums: [Int: Int] = [:]
  /// By node, the sum of a batch normalization's backward sums; global statistics only.
  private(set) var backwardSums: [Int: Int] = [:]
  /// By node, where a batch normalization's statistics lie among the metrics; neither with global statistics nor with
  /// running ones.
  private(set) var contributionOffsets: [Int: Int] = [:]
  /// By parameter, its place in a bucket; none for those whose gradient comes from the backward sums.
  private(set) var bucketPlaces: [Int: BucketPlace] = [:]
  /// The step before which the backward pass begins.
  private(set) var backwardBegin = 0

  /// The sum of loss, correctly classified samples and samples.
  static let metricsSum = 0
  /// The number of elements of the metrics, before what travels with them.
  static let metricsCount = 3
  /// Where the check of the replicas lies among the metrics of a training step; the requests follow it.
  static let replicaCheckOffset = metricsCount
  /// Where the requests of the ranks lie among the metrics of a training step; the statistics follow them.
  static let requestsOffset = replicaCheckOffset + ReplicaCheckSums.elementCount
  /// The number of requests that a rank may have.
  static let requestCount = 8

  /// The order of an evaluation: the forward pass and the metrics.
  static func evaluation(_ graph: LoweredGraph) -> ExecutionOrder {
    var order = ExecutionOrder()
    order.sums = [BatchSum(kind: .sums, count: metricsCount, name: "metrics")]
    for (index, node) in graph.nodes.enumerated() {
      if node.isBatchNorm { order.steps.append(.setForward(node: index)) }
      order.steps.append(.compute(node: index, .forward))
    }
    order.steps += [.start(sum: metricsSum), .finish(sum: metricsSum)]
    order.backwardBegin = order.steps.count
    return order
  }

  /// The order of a training step.
  ///
  /// - Parameters:
  ///   - parameterCounts: the stored elements of each parameter, padded to whole cache lines.
  ///   - bucketByteCount: a bucket is closed once it holds this many bytes.
  static func training(
    _ graph: LoweredGraph, statistics: BatchStatistics, parameterCounts: [Int], bucketByteCount: Int
  ) -> ExecutionOrder {
    var order = ExecutionOrder()
    order.addForward(graph, statistics)
    order.backwardBegin = order.steps.count
    order.addBackward(graph, statistics, parameterCounts, bucketByteCount)
    return order
  }

  private mutating func addForward(_ graph: LoweredGraph, _ statistics: BatchStatistics) {
    let metricsCount = Self.requestsOffset + Self.requestCount
    sums = [BatchSum(kind: .sums, count: metricsCount, name: "metrics")]
    for (index, node) in graph.nodes.enumerated() {
      if node.isBatchNorm {
        let channels = graph.values[node.inputs[0]].shape.channels
        let statistics = node.statistics(of: statistics)
        if statistics != .running { steps.append(.compute(node: index, .statistics)) }
        switch statistics {
        case .global:
          let measured = graph.measuredChannels(index).count
          sums.append(BatchSum(kind: .moments, count: 1 + 2 * measured, name: node.path + " statistics"))
          momentSums[index] = sums.count - 1
          steps += [.start(sum: sums.count - 1), .finish(sum: sums.count - 1)]
        case .microshard, .rank:
          contributionOffsets[index] = sums[Self.metricsSum].count
          sums[Self.metricsSum].count += 2 * channels
        case .running: break
        }
        if statistics != .microshard { steps.append(.setForward(node: index)) }
      }
      steps.append(.compute(node: index, .forward))
    }
    steps.append(.start(sum: Self.metricsSum))
  }

  private mutating func addBackward(
    _ graph: LoweredGraph, _ statistics: BatchStatistics, _ parameterCounts: [Int], _ bucketByteCount: Int
  ) {
    var bucket: Int?
    var closed: [Int] = []
    /// Adds the gradients of a node to the open bucket and starts it when it is full.
    func fold(_ index: Int) {
      for parameter in graph.nodes[index].parameters {
        let number = bucket ?? sums.count
        if bucket == nil {
          sums.append(BatchSum(kind: .gradients, count: 0, name: "bucket \(closed.count + 1)"))
          bucket = number
        }
        let count = parameterCounts[parameter]
        bucketPlaces[parameter] = BucketPlace(sum: number, offset: sums[number].count, count: count)
        sums[number].count += count
      }
      steps.append(.foldGradients(node: index))
      if let number = bucket, sums[number].byteCount >= bucketByteCount { close(number) }
    }
    func close(_ number: Int) {
      steps.append(.start(sum: number))
      closed.append(number)
      bucket = nil
    }
    /// Weight gradients that wait for a sum to hide behind them.
    var waiting: [Int] = []
    func computeWaiting() {
      for index in waiting {
        steps.append(.compute(node: index, .backwardWeights))
        fold(index)
      }
      waiting = []
    }

    for index in graph.nodes.indices.reversed() where graph.values[graph.nodes[index].output].needsGradient {
      let node = graph.nodes[index]
      if node.isBatchNorm {
        let statistics = node.statistics(of: statistics)
        steps.append(.compute(node: index, .backwardStatistics))
        if statistics == .global {
          let channels = graph.values[node.output].shape.channels
          sums.append(BatchSum(kind: .sums, count: 2 * channels, name: node.path + " gradients"))
          backwardSums[index] = sums.count - 1
          let sum = sums.count - 1
          steps.append(.start(sum: sum))
          computeWaiting()
          steps += [.finish(sum: sum), .setBackward(node: index)]
        } else {
          // The coefficients by which statistics depend on the batch stay zero where they do not.
          if statistics == .rank { steps.append(.setBackward(node: index)) }
          // At once: the gradients of the next node take the same memory.
          if node.trainsParameters { fold(index) }
          computeWaiting()
        }
      }
      if graph.computesInputGradient(index) { steps.append(.compute(node: index, .backwardData)) }
      if node.hasWeights, node.trainsParameters { waiting.append(index) }
    }
    computeWaiting()
    if let number = bucket { close(number) }
    steps.append(.finish(sum: Self.metricsSum))
    steps += closed.map { .finish(sum: $0) }
  }
}
