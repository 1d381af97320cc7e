public import CanonicalTree
import Mistakes
public import NeuralNetworks

/// Computes losses and gradients of a graph on the microshards of one rank.
///
/// The executor asks an injected ``BatchReduction`` whenever a sum over the batch is needed; it knows no network.
/// With a ``SerialReduction`` it works by itself, and every other reduction must give the same bits.
///
/// ```swift
/// let executor = try Executor(graph, reduction: SerialReduction(microshardCount: 8), options: options)
/// try executor.initialize(.xavier, seed: 0)
/// let metrics = try executor.forwardBackward(samples: 256) { position, memory in … }
/// executor.forEachParameter { … }
/// ```
///
/// One thread at a time may call it.
public final class Executor {
  /// What an executor is made for.
  public struct Options: Hashable, Sendable {
    /// How batches are cut into microshards.
    public var partition: MicroshardPartition
    /// Over what batch normalizations take their statistics.
    public var statistics: BatchStatistics
    /// The threads of this rank, each on other microshards.
    public var threads: Int
    /// A bucket of gradients is reduced once it holds this many bytes.
    public var bucketByteCount: Int
    /// Whether the gradient with respect to the input is computed as well.
    public var needsInputGradient: Bool
    /// By which algorithm convolutions are computed.
    public var convolution: ConvolutionAlgorithm
    /// The type of values and their gradients; see ``KernelLibrary/supports(_:)``.
    public var precision: ElementType
    /// What is kept beside each parameter for an update rule; their names differ.
    public var slots: [ParameterSlot]
    /// Whether microshards of other ranks can be computed as well, to verify what those contribute; it takes the memory
    /// of one more microshard, and is not for statistics over a rank.
    public var verifies: Bool
    /// Prefixes of parameters that are not trained: ``Executor/forEachParameter(_:)`` leaves them out, they have no slots, and
    /// no gradient is computed that only they would need.
    public var frozen: [String]
    /// Whether batch normalizations all of whose parameters are frozen normalize with their running statistics, which then
    /// stay as they are; otherwise they are treated like all others.
    public var freezesStatistics: Bool
    /// Whether an update rule may be shown gradients times a factor, which takes the memory of the largest one.
    public var scalesGradients: Bool
    /// Whether averages are kept beside parameters and running statistics: see ``Executor/updateAverages(_:)``.
    public var averages: Bool
    /// By output of a softmax cross entropy, the weight > 0 of the samples of that class in training; none for equal ones.
    ///
    /// Each batch needs ``Executor/batchWeight`` then.
    public var classWeights: [Double]

    /// The defaults are those of one thread that trains in single precision with statistics over the global
    /// batch.
    public init(
      partition: MicroshardPartition, statistics: BatchStatistics = .global, threads: Int = 1,
      bucketByteCount: Int = 1 << 20, needsInputGradient: Bool = false,
      convolution: ConvolutionAlgorithm = .auto, precision: ElementType = .float32,
      slots: [ParameterSlot] = [], verifies: Bool = false, frozen: [String] = [],
      freezesStatistics: Bool = false, scalesGradients: Bool = false, classWeights: [Double] = [],
      averages: Bool = false
    ) {
      self.partition = partition
      self.statistics = statistics
      self.threads = threads
      self.bucketByteCount = bucketByteCount
      self.needsInputGradient = needsInputGradient
      self.convolution = convolution
      self.precision = precision
      self.slots = slots
      self.verifies = verifies
      self.frozen = frozen
      self.freezesStatistics = freezesStatistics
      self.scalesGradients = scalesGradients
      self.classWeights = classWeights
      self.averages = averages
    }
  }

  /// What the model is.
  public let graph: Graph
  /// What the executor was made for.
  public let options: Options
  /// What the random numbers of the next training batches follow from; equal on all ranks.
  public var randomness = BatchRandomness()
  /// The sum of the weights of the samples of the next training batch, > 0, where classes have weights; equal on all ranks.
  ///
  /// The loss of a batch is then the weighted mean of the samples' losses, as that of PyTorch's `CrossEntropyLoss(weight=…)`.
  public var batchWeight = 0.0
  /// Where the time of the latest batch went.
  public internal(set) var seconds = BatchSeconds()

  /// By layer, the algorithm that was chosen for it, where there is a choice; a part of the bits.
  public let algorithms: [(layer: String, algorithm: String)]

  let reduction: any BatchReduction
  let engine: Engine
  let lowered: LoweredGraph
  /// The parameters that are not trained.
  let frozen: Set<Graph.ParameterID>
  let store: ParameterStore
  let averages: WeightAverages?
  let team: ThreadTeam
  let share: RankShare
  let trainingOrder: ExecutionOrder
  let evaluationOrder: ExecutionOrder
  /// The memory of all sums: those of the training order, then those of the evaluation order.
  let sumMemory: [BatchSumMemory]
  /// By position in ``sumMemory``, the leaves of sums that are not buckets.
  let leaves: [Int: SumLeaves]
  let normalizations: [Int: NormalizationState]
  let microshards: [MicroshardMemory]
  let gradientScale = AlignedMemory(byteCount: 4)
  let lossScale = AlignedMemory(byteCount: 8)
  let gradientLeaves: GradientLeaves
  var plans: [PlanKey: Plan] = [:]
  var scratchpads: [AlignedMemory]
  var active: [BoundPlan?]
  /// What is verified in the latest batch of training.
  var verification: Verification?
  let contributions: ContributionNames
  /// By local microshard, the hashes of what it contributes; nil where they are not taken.
  var hashes: [ContributionHashes?]
  /// Is shown the gradient of each parameter as a microshard has computed it, before a hash is taken of it.
  ///
  /// It is for tests and drills, which may change the gradient. Several threads call it.
  package var inspectGradient: ((GradientContribution) -> Void)?
  let replicaCheck: ReplicaCheckHashes
  /// Where this executor says what it computes; nil if nobody watches.
  let progress: ProgressRecord?
  /// The time of each kernel; nil unless someone asked for it.
  var kernelTimes: KernelTimes?
  /// When what is done; nil unless someone asked for it.
  var trace: ExecutionTrace?
  /// What looks for the first number that is not finite; nil unless one is known to be there.
  var finitenessProbe: FinitenessProbe?
  /// What each step looks at for numbers that are not finite, in the order in which it is told; their places never change.
  lazy var gradientPieces = makeGradientPieces()
  /// The same of parameters and running statistics.
  lazy var statePieces = makeStatePieces()
  /// Where an update rule reads a gradient that was multiplied: of the size of the largest one.
  lazy var scaledGradients = AlignedMemory(
    byteCount: options.scalesGradients ? 4 * (store.counts.max() ?? 0) : 0)
  /// What any rank asked for in the latest training batch: bits whose meaning the callers agree on.
  public internal(set) var requests: UInt8 = 0

  /// Compiles a graph for training and evaluation.
  ///
  /// Every rank must call this with equal arguments. What follows from what:
  ///
  /// 1. The lowered graph gives the plans for full microshards, their kernels the layouts of the parameters.
  /// 2. The sizes of the parameters give the buckets, and so the execution orders; these give the lifetimes
  ///    of buffers, and so the arenas.
  /// 3. The sums of the orders, first those of training, get their memory from the reduction; a bucket's
  ///    result is where an update rule reads gradients.
  /// 4. In that memory lie the leaves of sums, of batch normalizations and of gradients, so far as a
  ///    microshard begins a subtree; the other leaves get memory of their own.
  /// 5. Each microshard gets an arena, each thread scratch memory. Plans of other sizes are compiled, and all
  ///    plans bound to microshards, at their first use.
  ///
  /// - Throws: `OneDNNError` where oneDNN has no kernel for an operation; what the reduction throws.
  public init(_ graph: Graph, reduction: any BatchReduction, options: Options) throws {
    require(
      reduction.microshardCount == options.partition.count,
      "given a reduction over \(reduction.microshardCount) microshards but \(options.partition.count) needed")
    require(
      !options.verifies || options.statistics != .rank,
      "given statistics: rank and verifies: true, but what depends on a rank's moments cannot be computed elsewhere"
    )
    self.graph = graph
    self.options = options
    self.reduction = reduction
    let frozen = graph.parameters(under: options.frozen)
    require(
      frozen.isEmpty || frozen.count < graph.parameters.count,
      "given \(frozen.count) frozen parameters of \(graph.parameters.count), but at least one must be trained"
    )
    self.frozen = frozen
    let engine = try Engine()
    self.engine = engine
    var lowered = LoweredGraph(
      graph, mostPlainChannels: engine.mostPlainChannels, needsInputGradient: options.needsInputGradient,
      precision: options.precision, frozen: frozen, freezesStatistics: options.freezesStatistics)
    // With the running statistics it is the network as it is evaluated.
    lowered.dropsOut = options.statistics != .running
    require(
      [0, graph.outputShape.count].contains(options.classWeights.count),
      "given \(options.classWeights.count) weights of classes for \(graph.outputShape.count) outputs")
    lowered.classWeights = options.classWeights
    self.lowered = lowered
    share = RankShare(reduction, hasShadow: options.verifies)

    progress = reduction.watch(operations: lowered.nodes.map(\.path))

    let capacity = options.partition.capacity
    let training = try Plan(
      lowered, samples: capacity, training: true, convolution: options.convolution, engine: engine)
    let evaluation = try Plan(
      lowered, samples: capacity, training: false, convolution: options.convolution, engine: engine)
    algorithms = training.algorithms
    let store = try ParameterStore(
      graph, preferred: training.preferredWeightLayouts, slots: options.slots, frozen: frozen,
      engine: engine)
    self.store = store
    averages = options.averages ? WeightAverages(graph, store, frozen: frozen) : nil
    replicaCheck = ReplicaCheckHashes(
      graph, store, slots: options.slots, frozen: frozen, averages: averages)

    trainingOrder = ExecutionOrder.training(
      lowered, statistics: options.statistics, parameterCounts: store.counts,
      bucketByteCount: options.bucketByteCount)
    evaluationOrder = ExecutionOrder.evaluation(lowered)
    contributions = ContributionNames(graph, lowered, trainingOrder)
    training.place(trainingOrder)
    evaluation.place(evaluationOrder)
    let sums = trainingOrder.sums + evaluationOrder.sums
    let sumMemory = try reduction.prepare(sums)
    self.sumMemory = sumMemory
    for (parameter, place) in trainingOrder.bucketPlaces {
      store.gradients[parameter] =
        sumMemory[place.sum].result.floats + place.offset
    }

    var leaves: [Int: SumLeaves] = [:]
    for (index, sum) in sums.enumerated() where sum.kind != .gradients {
      leaves[index] = SumLeaves(sum, on: share, summands: sumMemory[index].summands)
    }
    self.leaves = leaves
    normalizations = NormalizationState.all(
      in: lowered, trainingOrder, statistics: options.statistics, share: share, leaves: leaves,
      sumMemory: sumMemory, store: store)
    gradientLeaves = GradientLeaves(
      lowered, trainingOrder.bucketPlaces, share: share, sumMemory: sumMemory, parameterCounts: store.counts)

    let arenaByteCount = max(training.memory.byteCount, evaluation.memory.byteCount)
    microshards = share.slots.map { _ in
      MicroshardMemory(capacity: capacity, outputShape: graph.outputShape, arenaByteCount: arenaByteCount)
    }
    team = ThreadTeam(count: options.threads)
    let scratchpadByteCount = max(training.scratchpadByteCount, evaluation.scratchpadByteCount)
    scratchpads = (0..<options.threads).map { _ in AlignedMemory(byteCount: scratchpadByteCount) }
    active = microshards.map { _ in nil }
    hashes = microshards.map { _ in nil }
    plans[PlanKey(samples: capacity, training: true)] = training
    plans[PlanKey(samples: capacity, training: false)] = evaluation
  }

  deinit {
    team.stop()
  }

  // MARK: - Batches

  /// Computes the loss and the gradients of a batch and updates the running statistics, but no parameter.
  ///
  /// Running statistics stay as they are where it is them that batch normalizations normalize with
  /// (``BatchStatistics/running``). Every rank must call this.
  ///
  /// - Parameters:
  ///   - samples: the samples of the global batch, at least 1 and at most the partition's batch size.
  ///   - checksReplicas: whether to check as well that the replicas of all ranks were the same before this batch; it
  ///     changes no other result and sends no further message. Equal on all ranks.
  ///   - requests: what this rank asks of all; ``requests`` then has the bits that any rank has set, on all of them.
  ///   - verification: whose contributions are recorded in ``verifiedHashes``, and whether this rank computes that
  ///     microshard as well; it changes no result.
  ///   - fill: writes the sample at a position of the batch; called for this rank's positions and those of a microshard
  ///     that it computes as well, from several threads.
  /// - Returns: the metrics of the global batch.
  /// - Throws: what the reduction throws; ``ReplicaCheckFailure`` on all ranks.
  public func forwardBackward(
    samples: Int, checksReplicas: Bool = false, requests: UInt8 = 0, verification: Verification? = nil,
    fill: (Int, SampleMemory) -> Void
  ) throws -> BatchMetrics {
    self.verification = verification
    let metrics = try run(
      trainingOrder, training: true, checksReplicas: checksReplicas, requests: requests, samples: samples,
      firstSum: 0, fill: fill)
    if options.statistics != .running {
      let normalizations = graph.operations.filter { !$0.buffers.isEmpty }
      for (index, operation) in normalizations.enumerated()
      where !options.freezesStatistics || !frozen.isSuperset(of: operation.parameters) {
        store.batchesTracked[index] += 1
      }
    }
    return metrics
  }

  /// Computes the loss of a batch with the running statistics.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters: as those of ``forwardBackward(samples:checksReplicas:requests:verification:fill:)``.
  /// - Returns: the metrics of the global batch.
  /// - Throws: what the reduction throws.
  public func evaluate(samples: Int, fill: (Int, SampleMemory) -> Void) throws -> BatchMetrics {
    verification = nil
    return try run(
      evaluationOrder, training: false, samples: samples, firstSum: trainingOrder.sums.count,
      fill: fill)
  }

  /// Shows each parameter with its gradient to an update rule, but for frozen ones; what it writes to the values is used from
  /// then on.
  ///
  /// - Parameter factor: what the gradients are shown multiplied with; they themselves stay as they are, where other ranks may
  ///   read them. Other than 1 only with ``Options/scalesGradients``.
  public func forEachParameter(gradientsTimes factor: Float = 1, _ body: (ParameterMemory) -> Void) {
    require(
      factor == 1 || options.scalesGradients,
      "given a factor of \(factor) for gradients, but the executor was not made for any")
    for (index, parameter) in graph.parameters.enumerated() where !frozen.contains(index) {
      let count = store.counts[index]
      body(
        ParameterMemory(
          index: index, parameter: parameter,
          values: UnsafeMutableBufferPointer(start: store.values(index), count: count),
          gradients: UnsafeBufferPointer(
            start: factor == 1 ? store.gradients[index] : scaledGradient(index, factor), count: count),
          slots: store.slots[index]))
    }
    store.parametersChanged()
  }
}

/// The memory of one parameter as an update rule sees it: equal layouts, padded with zeros that stay zeros.
public struct ParameterMemory {
  /// The parameter's position in ``Graph/parameters``.
  public var index: Int
  /// What the parameter is.
  public var parameter: Graph.Parameter
  /// Its values.
  public var values: UnsafeMutableBufferPointer<Float>
  /// Its gradient over the global batch.
  public var gradients: UnsafeBufferPointer<Float>
  /// By ``Executor/Options/slots``, what the update rule keeps beside it, at first zeros: as many elements as there are
  /// values, or one for a scalar.
  public var slots: [UnsafeMutableBufferPointer<Float>]
}
