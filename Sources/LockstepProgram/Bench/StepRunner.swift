import CanonicalTree
import DataParallel
import Datasets
import Execution
package import NeuralNetworks
import Optimizers
import Randomness
import Training

/// Takes training steps of a configuration on fixed random images.
final class StepRunner {
  let replica: Replica
  private let recipe: Recipe
  private let source: any SampleSource
  private let samples: [UInt32]

  /// Prepares the steps and takes two that nobody times.
  ///
  /// Every rank must call this with equal arguments.
  init(_ configuration: Configuration, ranks: MPIRanks) throws {
    recipe = configuration.recipe
    let shape = try configuration.sampleShape()
    // A batch that does not fit is refused here, before its samples are drawn.
    replica = try Replica(
      try configuration.graph(input: shape), recipe, on: configuration.machine, ranks: ranks)
    source = Self.randomSamples(of: configuration, shape)
    try replica.executor.initialize(configuration.model.initialization, seed: UInt64(recipe.seed))
    samples = (0..<recipe.batch.size).map(UInt32.init)
    for _ in 0..<2 { _ = try step() }
  }

  /// Takes a step and returns its seconds on this rank: the whole, then by phase as `StepMeasurement` names them.
  ///
  /// Every rank must call this.
  func step() throws -> [Double] {
    let clock = ContinuousClock()
    let began = clock.now
    _ = try replica.forwardBackward(samples[...], of: source, epoch: 0, after: 0)
    let updateBegan = clock.now
    // A small rate: the numbers should stay as they are, not overflow.
    replica.update(by: recipe.updateRule, UpdateStep(index: 0, learningRate: 1e-6))
    let end = clock.now
    let phases = replica.executor.seconds
    return [
      (end - began) / .seconds(1), phases.data, phases.forward, phases.backward, phases.reduction,
      (end - updateBegan) / .seconds(1),
    ]
  }

  /// As many random samples as a batch has, of the shape that the model sees: resizing is no part of a step.
  private static func randomSamples(of configuration: Configuration, _ shape: Shape) -> any SampleSource {
    let (count, classes) = (configuration.recipe.batch.size, configuration.model.classes)
    var random = Philox(seed: UInt64(configuration.recipe.seed), purpose: .test)
    let pixels = (0..<count * shape.count).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }
    let labels = (0..<count).map { _ in Int32(random.uniform(below: UInt32(min(classes, 256)))) }
    guard shape.rank == 3 else {
      return InMemorySamples(
        inputs: pixels.map { Float($0) / 255 }, shape: shape.dimensions, labels: labels, classes: classes)
    }
    return ImageDataset(
      pixels: pixels, labels: labels, channels: shape.channels, height: shape.height, width: shape.width,
      classes: classes)
  }
}

extension Configuration {
  /// The shape of a sample as the model sees it, by the kind of the data set, which is read only where nothing else tells.
  ///
  /// - Throws: a `UserError` if the data must be read and cannot be.
  package func sampleShape() throws -> Shape {
    Shape(try data.dataset.shape ?? data.dataset.source(.train, false).shape)
  }
}
