import CanonicalTree
import DataParallel
import Execution
import MPI
import NeuralNetworks
import Randomness

/// Convolution, batch normalization and rectifier, twice, with a shortcut, then a linear layer.
struct SmallNetwork: Layer {
  static let classes = 4

  func callAsFunction(_ x: Symbol) -> Symbol {
    let first = relu(BatchNorm(name: "bn1")(Convolution2D(6, kernel: 3, padding: 1, name: "conv1")(x)))
    let second = BatchNorm(name: "bn2")(Convolution2D(6, kernel: 3, padding: 1, name: "conv2")(first))
    return Linear(Self.classes, name: "fc")(Flatten()(GlobalAveragePooling2D()(relu(first + second))))
  }
}

/// A little convolution and much to reduce: 2.4 MB of parameters in tensors of very different sizes.
struct WideNetwork: Layer {
  func callAsFunction(_ x: Symbol) -> Symbol {
    let first = relu(BatchNorm(name: "bn1")(Convolution2D(16, kernel: 3, padding: 1, name: "conv1")(x)))
    let second = relu(BatchNorm(name: "bn2")(Linear(800, name: "fc1")(Flatten()(first))))
    return Linear(SmallNetwork.classes, name: "fc3")(relu(Linear(300, name: "fc2")(second)))
  }
}

/// A network of these tests.
enum TestNetwork: Sendable {
  case small
  case wide

  func graph() throws(ShapeError) -> Graph {
    let model: any Layer =
      switch self {
      case .small: SmallNetwork()
      case .wide: WideNetwork()
      }
    return try Graph(input: Shape(2, 5, 5), loss: .softmaxCrossEntropy, model: model)
  }
}

/// A run of some steps of training, and all that it leaves behind.
struct TrainingRun: Sendable {
  var network = TestNetwork.small
  /// The microshards of a batch.
  var microshardCount: Int
  var statistics: BatchStatistics
  var threads = 1
  var bucketByteCount = 500
  /// The samples of each batch; none is longer than the first.
  var batchSizes: [Int]
  /// Whether each step checks that the replicas are the same.
  var checksReplicas = false
  var precision = ElementType.float32
  /// What a step of so many samples verifies; nil for executors that verify nothing.
  var verification: (@Sendable (_ step: Int, _ samples: Int) -> Verification)?

  /// All results, as bits.
  struct Outcome: Hashable {
    /// By step: the sum of losses, the correctly classified, the samples.
    var metrics: [[UInt64]] = []
    /// The evaluation after the last step.
    var evaluation: [UInt64] = []
    /// The losses as numbers, for comparisons that allow rounding.
    var losses: [Double] = []
    /// By name.
    var state: [String: [UInt32]] = [:]
    var gradients: [String: [UInt32]] = [:]
    /// By step, what was verified; no result.
    var verified: [VerifiedHashes] = []

    /// The running statistics alone.
    var runningStatistics: [String: [UInt32]] { state.filter { $0.key.contains("running") } }

    /// The names of what is not the same bits; a failure that printed all numbers could not be read.
    func differences(from other: Outcome) -> [String] {
      (metrics == other.metrics ? [] : ["metrics"]) + (evaluation == other.evaluation ? [] : ["evaluation"])
        + Set(state.keys).union(other.state.keys).filter { state[$0] != other.state[$0] }.sorted()
        + Set(gradients.keys).union(other.gradients.keys).filter { gradients[$0] != other.gradients[$0] }
        .map { "gradient of " + $0 }.sorted()
    }

    /// All bits one after the other, in a fixed order.
    var words: [UInt64] {
      let tensors = (state.sorted { $0.key < $1.key } + gradients.sorted { $0.key < $1.key }).flatMap(\.value)
      return metrics.flatMap { $0 } + evaluation + tensors.map(UInt64.init)
    }
  }

  /// Trains a new executor over a reduction.
  func callAsFunction(_ reduction: any BatchReduction) throws -> Outcome {
    let graph = try network.graph()
    let executor = try Executor(
      graph, reduction: reduction,
      options: Executor.Options(
        partition: MicroshardPartition(batchSize: batchSizes[0], count: microshardCount),
        statistics: statistics, threads: threads, bucketByteCount: bucketByteCount,
        precision: precision, slots: [ParameterSlot(name: "momentum_buffer")],
        verifies: verification != nil))
    try executor.initialize(.xavier, seed: 21)
    var outcome = Outcome()
    for (step, size) in batchSizes.enumerated() {
      let metrics = try executor.forwardBackward(
        samples: size, checksReplicas: checksReplicas, verification: verification?(step, size)
      ) { position, memory in
        Self.fill(graph, step: step, position: position, memory)
      }
      outcome.verified.append(executor.verifiedHashes)
      outcome.metrics.append(Self.bits(metrics))
      outcome.losses.append(metrics.loss)
      executor.forEachParameter { memory in
        for index in memory.values.indices {
          memory.slots[0][index] = 0.9 * memory.slots[0][index] + memory.gradients[index]
          memory.values[index] -= 0.1 * memory.slots[0][index]
        }
      }
    }
    outcome.evaluation = Self.bits(
      try executor.evaluate(samples: batchSizes[0]) { position, memory in
        Self.fill(graph, step: 1000, position: position, memory)
      })
    outcome.state = Self.bits(try executor.state())
    outcome.gradients = Self.bits(try executor.gradients())
    return outcome
  }

  /// The same run with all microshards in this process.
  func serial() throws -> Outcome {
    var run = self
    run.threads = 2
    return try run(SerialReduction(microshardCount: microshardCount))
  }

  /// Writes a sample that depends on its place alone; its class shifts it, so that microshards differ in their means.
  static func fill(_ graph: Graph, step: Int, position: Int, _ memory: SampleMemory) {
    var random = Philox(seed: 8, purpose: .test, step, position)
    let label = random.uniform(below: UInt32(SmallNetwork.classes))
    for index in 0..<graph.inputShape.count { memory.input[index] = random.normal() + Float(label) }
    memory.label.pointee = Int32(label)
  }

  private static func bits(_ metrics: BatchMetrics) -> [UInt64] {
    [metrics.lossSum, metrics.correct, metrics.samples].map(\.bitPattern)
  }

  private static func bits(_ tensors: [StateTensor]) -> [String: [UInt32]] {
    var result: [String: [UInt32]] = [:]
    for tensor in tensors {
      switch tensor.elements {
      case .floats(let values): result[tensor.name] = values.map(\.bitPattern)
      case .integers(let values): result[tensor.name] = values.map { UInt32(truncatingIfNeeded: $0) }
      }
    }
    return result
  }
}

/// A way for sums to travel; the laws hold for each.
enum Transport: CaseIterable, Sendable {
  /// All ranks share memory.
  case sharedMemory
  /// Each rank is treated as if it were alone on its host.
  case messages
  /// Two hosts, with the ranks shared out equally or nearly so.
  case twoHosts
  /// Two hosts, the first rank alone on one.
  case unequalHosts
  /// Two hosts, to which the ranks were dealt in turn.
  case roundRobin
  /// Two hosts and a communication thread.
  case thread
  /// Two hosts, and nothing goes on while ranks compute.
  case withoutOverlap

  func make(_ world: Communicator, microshardCount: Int) throws -> RankReduction {
    let size = world.size
    let topology = try Topology(world) { rank in
      switch self {
      case .sharedMemory: 0
      case .messages: rank
      case .twoHosts, .thread, .withoutOverlap: 2 * rank / size
      case .unequalHosts: min(rank, 1)
      case .roundRobin: rank % 2
      }
    }
    let overlap: Overlap =
      switch self {
      case .thread: .thread
      case .withoutOverlap: .off
      default: .calls
      }
    return RankReduction(topology, microshardCount: microshardCount, sharesCores: true, overlap: overlap)
  }
}

extension Communicator {
  /// Whether all ranks hold the same words; every rank must call this.
  func agrees(on words: [UInt64]) throws -> Bool {
    Set(try allGatherV(words)).count == 1
  }
}
