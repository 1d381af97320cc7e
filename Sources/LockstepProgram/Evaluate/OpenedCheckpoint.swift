import Datasets
import Execution
import MPI
import Mistakes
import NeuralNetworks
import Safetensors

/// A checkpoint with its configuration and a split of its data set, read by all ranks and the same on all of them.
struct OpenedCheckpoint {
  /// The model file.
  let path: String
  /// The configuration, from the file or from another one, overrides included.
  let configuration: Configuration
  /// The samples of the split.
  let images: ImageDataset
  private let file: TensorFile
  private let world: Communicator

  /// Reads a checkpoint, its configuration and its data.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - configurationPath: a configuration for files that tell none, such as those of PyTorch.
  ///   - overrides: changes of the configuration, each `KEY=VALUE`.
  ///   - options: what must be the same on all ranks beside the configuration.
  ///   - check: further demands on the configuration; it is given the file that the configuration comes from.
  /// - Throws: what `Outcome.of` takes for a mistake of the user.
  init(
    path: String, configurationPath: String?, overrides: [String], split: DatasetSplit,
    options: StartCheck.Entries, world: Communicator,
    check: (Configuration, _ source: String) throws -> Void = { _, _ in }
  ) throws {
    let source = configurationPath ?? path
    let (file, configuration) = try world.agree {
      let file = try TensorFile(contentsOf: path)
      let configuration =
        if let configurationPath {
          try Configuration.load(path: configurationPath, overrides: overrides)
        } else {
          try Checkpoint.configuration(of: file, overrides: overrides)
        }
      try Replica.check(configuration, source: source, ranks: world.size)
      try check(configuration, source)
      return (file, configuration)
    }
    let start = StartCheck(world)
    try start.requireEqual(options: options)
    try start.requireEqual(configuration: configuration, source: source)
    try start.requireEqualProgram()
    let images = try world.agree {
      let images = try configuration.dataset(split)
      _ = try configuration.graph(input: Shape(images.channels, images.height, images.width))
      return images
    }
    try start.requireEqual(
      fingerprints: [(split.rawValue, images.fingerprint)], source: configuration.data.source)
    (self.path, self.configuration, self.images, self.file, self.world) = (
      path, configuration, images, file, world
    )
  }

  /// A replica with the parameters and running statistics of the checkpoint.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters: as those of `Replica.init`.
  /// - Throws: `UserMistake` or ``MistakeElsewhere`` if the tensors are not the model's, or not the same on all ranks.
  func replica(trains: Bool, statistics: BatchStatistics? = nil) throws -> Replica {
    let replica = try Replica(
      configuration, images: images, world: world, trains: trains, statistics: statistics)
    try world.agree {
      do {
        try replica.executor.load(try file.stateTensors())
      } catch let error as StateError {
        throw UserMistake("\(path): \(error)")
      }
    }
    let difference = try replica.difference()
    try world.agree {
      if let difference { throw UserMistake("\(path): \(difference); all ranks need the same checkpoint") }
    }
    return replica
  }
}
