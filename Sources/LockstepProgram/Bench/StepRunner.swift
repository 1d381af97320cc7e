import Datasets
import Execution
import Foundation
import MPI

/// Takes training steps of a configuration on fixed random images.
final class StepRunner {
  let replica: Replica
  private let images: ImageDataset
  private let samples: [UInt32]

  /// Prepares the steps and takes two that nobody times.
  ///
  /// Every rank must call this with equal arguments.
  init(_ configuration: Configuration, world: Communicator) throws {
    images = configuration.randomImages()
    replica = try Replica(configuration, images: images, world: world)
    try replica.executor.initialize(configuration.initialization, seed: UInt64(configuration.seed))
    samples = (0..<configuration.batch.size).map(UInt32.init)
    for _ in 0..<2 { _ = try step() }
  }

  /// Takes a step and returns its seconds on this rank: the whole, then by phase as `StepMeasurement` names them.
  ///
  /// Every rank must call this.
  func step() throws -> [Double] {
    let clock = ContinuousClock()
    let began = clock.now
    _ = try replica.train(samples[...], of: images, epoch: 0, after: 0)
    let updateBegan = clock.now
    // A small rate: the numbers should stay as they are, not overflow.
    replica.update(learningRate: 1e-6)
    let end = clock.now
    let phases = replica.executor.seconds
    return [
      (end - began) / .seconds(1), phases.data, phases.forward, phases.backward, phases.reduction,
      (end - updateBegan) / .seconds(1),
    ]
  }
}
