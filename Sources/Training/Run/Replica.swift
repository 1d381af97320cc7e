package import CanonicalTree
import DataParallel
package import Datasets
package import Execution
import Foundation
package import MPI
import Mistakes
import NeuralNetworks
import Optimizers

/// What a rank needs to compute on batches of a data set: the model's executor over all ranks' reduction.
package final class Replica {
  package let configuration: Configuration
  package let executor: Executor
  /// How the sums over the ranks are made.
  package let sums: RankSums
  let world: Communicator
  /// By thread, what writing a resized sample needs.
  private let scratch: [AlignedMemory]

  /// Compiles the configured model for images of a data set.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - trains: whether gradients will be computed, not only losses.
  ///   - statistics: over what batch normalizations take their statistics; nil: as configured.
  /// - Throws: `ShapeError` if the model does not take the images, on all ranks alike; ``CommonFailure`` if the ranks
  ///   would make different sums.
  package init(
    _ configuration: Configuration, images: ImageDataset, world: Communicator, trains: Bool = true,
    statistics: BatchStatistics? = nil
  ) throws {
    self.configuration = configuration
    self.world = world
    scratch = (0..<configuration.threads).map { _ in AlignedMemory(byteCount: images.scratchByteCount) }
    let graph = try configuration.graph(input: Shape(images.channels, images.height, images.width))
    let sums = try RankSums(configuration, world: world, sendsGradients: trains)
    self.sums = sums
    var options = configuration.executorOptions(bucketByteCount: sums.bucketByteCount)
    if let statistics { options.statistics = statistics }
    executor = try Executor(graph, reduction: sums.reduction, options: options)
    try StartCheck(world).requireEqual(sums: executor.sumsInOrder)
  }

  /// What the user should know who wants speed or exactness.
  package var warnings: [String] {
    var warnings: [String] = []
    if !KernelLibrary.isCompiledForProcessor {
      warnings.append(
        "this build makes no use of the processor's vector instructions and is many times slower; type launch/setup"
      )
    }
    if executor.options.statistics == .rank {
      warnings.append("batch_norm.statistics: rank makes the result depend on the number of ranks")
    }
    return warnings + [sums.warning].compactMap { $0 }
  }

  /// Checks what can be known before anything is computed.
  ///
  /// - Throws: `UserMistake` if there are more ranks than microshards, or no kernels here for the precision.
  package static func check(_ configuration: Configuration, source: String, ranks: Int) throws(UserMistake) {
    guard ranks <= configuration.batch.microshards else {
      throw UserMistake(
        "\(source): batch.microshards: \(configuration.batch.microshards) microshards cannot be shared by "
          + "\(ranks) ranks; start at most \(configuration.batch.microshards) ranks or take more microshards")
    }
    let precision = configuration.precision
    guard KernelLibrary.supports(precision.executed) else {
      throw UserMistake(
        "\(source): precision: \(precision.rawValue) needs a processor with AVX-512 BF16 or AMX, but the "
          + "instruction set in use is \(KernelLibrary.instructionSet); take float32")
    }
    guard precision == .float32 || configuration.convolution != .winograd else {
      throw UserMistake(
        "\(source): convolution: winograd computes in float32 only, but precision is \(precision.rawValue); "
          + "take auto or direct")
    }
  }

  /// Writes an image and its label where the executor wants them.
  ///
  /// - Parameters:
  ///   - images: the data set of the replica or another of equal sizes.
  ///   - placement: how the image is cropped and mirrored.
  func write(
    _ sample: Int, of images: ImageDataset, to memory: SampleMemory,
    placement: Augmentation.Placement = .identity
  ) {
    let scratch = scratch[memory.thread]
    let bytes = scratch.base.bindMemory(to: UInt8.self, capacity: scratch.byteCount)
    images.write(
      sample: sample, into: memory.input,
      scratch: UnsafeMutableBufferPointer(start: bytes, count: scratch.byteCount), placement: placement)
    memory.label.pointee = Int32(images.label(at: sample))
  }

  /// Computes the loss and the gradients of a batch of training samples.
  ///
  /// Every rank must call this with equal arguments.
  ///
  /// - Parameters:
  ///   - samples: the batch, as positions in `images`.
  ///   - epoch: the epoch from 0, which random changes of the images depend on.
  ///   - step: the steps taken before, for messages.
  ///   - checksReplicas: whether the replicas of all ranks are compared.
  /// - Throws: ``CommonFailure`` if the replicas were compared and differ.
  package func train(
    _ samples: ArraySlice<UInt32>, of images: ImageDataset, epoch: Int, after step: Int,
    checksReplicas: Bool = false
  ) throws -> BatchMetrics {
    let (first, augmentation, seed) = (
      samples.startIndex, configuration.augmentation, UInt64(configuration.seed)
    )
    return try train(samples: samples.count, after: step, checksReplicas: checksReplicas && world.size > 1) {
      position, memory in
      let sample = Int(samples[first + position])
      write(
        sample, of: images, to: memory,
        placement: augmentation?.placement(seed: seed, epoch: epoch, sample: sample) ?? .identity)
    }
  }

  /// Updates the parameters by the gradients of the latest batch.
  package func update(learningRate: Double) {
    let sgd = configuration.sgd
    let decaysAll = configuration.optimizer.decay == .all
    executor.forEachParameter { memory in
      sgd.update(
        parameters: memory.values, gradients: memory.gradients, velocities: memory.velocities,
        learningRate: Float(learningRate), decays: decaysAll || memory.parameter.role == .weight)
    }
  }

  /// The exact loss and accuracy over a whole data set, with the running statistics.
  ///
  /// Every rank must call this.
  package func evaluate(_ images: ImageDataset) throws -> BatchMetrics {
    var total = BatchMetrics()
    for batch in Batches(sampleCount: images.count, batchSize: configuration.batch.size) {
      total += try executor.evaluate(samples: batch.count) { position, memory in
        let sample = batch.lowerBound + position
        write(sample, of: images, to: memory)
      }
    }
    return total
  }
}

extension Configuration {
  /// What an executor is made for.
  ///
  /// - Parameter bucketByteCount: what was measured to be the best, where the configuration leaves it open.
  package func executorOptions(
    bucketByteCount: Int = RankSums.usualBucketByteCount
  ) -> Executor.Options {
    Executor.Options(
      partition: MicroshardPartition(batchSize: batch.size, count: batch.microshards),
      statistics: batchNorm.statistics.executed, threads: threads,
      bucketByteCount: reduction.bucketBytes ?? bucketByteCount, convolution: convolution.executed,
      precision: precision.executed)
  }
}

extension Configuration.Convolution {
  /// The algorithm as the executor names it.
  var executed: ConvolutionAlgorithm {
    switch self {
    case .auto: .auto
    case .direct: .direct
    case .winograd: .winograd
    }
  }
}

extension Configuration.Precision {
  /// The type as the executor names it.
  var executed: ElementType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }
}

extension Configuration.BatchNorm.Statistics {
  /// The statistics as the executor names them.
  var executed: BatchStatistics {
    switch self {
    case .global: .global
    case .microshard: .microshard
    case .rank: .rank
    }
  }
}
