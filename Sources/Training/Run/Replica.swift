package import DataParallel
package import Datasets
package import Execution
import Foundation
package import MPI
import NeuralNetworks

/// What a rank needs to compute on batches of a data set: the model's executor over all ranks' reduction.
package final class Replica {
  package let configuration: Configuration
  package let executor: Executor
  /// How the sums over the ranks are made.
  package let reduction: RankReduction
  /// By thread, what writing a resized sample needs.
  private let scratch: [AlignedMemory]

  /// Compiles the configured model for images of a data set.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `ShapeError` if the model does not take the images, on all ranks alike.
  package init(_ configuration: Configuration, images: ImageDataset, world: Communicator) throws {
    self.configuration = configuration
    scratch = (0..<configuration.threads).map { _ in AlignedMemory(byteCount: images.scratchByteCount) }
    let graph = try configuration.graph(input: Shape(images.channels, images.height, images.width))
    let cores = ProcessInfo.processInfo.activeProcessorCount
    reduction = RankReduction(
      world, microshardCount: configuration.batch.microshards,
      sharesCores: world.size * configuration.threads > cores)
    executor = try Executor(
      graph,
      reduction: reduction,
      options: Executor.Options(
        partition: MicroshardPartition(
          batchSize: configuration.batch.size, count: configuration.batch.microshards),
        statistics: configuration.batchNorm.statistics.executed, threads: configuration.threads,
        bucketByteCount: configuration.reduction.bucketBytes,
        convolution: configuration.convolution.executed))
  }

  /// Checks what can be known before anything is computed.
  ///
  /// - Throws: `UserMistake` if there are more ranks than microshards.
  package static func check(_ configuration: Configuration, source: String, ranks: Int) throws(UserMistake) {
    guard ranks <= configuration.batch.microshards else {
      throw UserMistake(
        "\(source): batch.microshards: \(configuration.batch.microshards) microshards cannot be shared by "
          + "\(ranks) ranks; start at most \(configuration.batch.microshards) ranks or take more microshards")
    }
  }

  /// Writes an image and its label where the executor wants them.
  ///
  /// - Parameter images: the data set of the replica or another of equal sizes.
  func write(_ sample: Int, of images: ImageDataset, to memory: SampleMemory) {
    let scratch = scratch[memory.thread]
    let bytes = scratch.base.bindMemory(to: UInt8.self, capacity: scratch.byteCount)
    images.write(
      sample: sample, into: memory.input,
      scratch: UnsafeMutableBufferPointer(start: bytes, count: scratch.byteCount))
    memory.label.pointee = Int32(images.label(at: sample))
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
