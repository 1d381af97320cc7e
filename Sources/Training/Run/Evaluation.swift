import Datasets
import Execution
public import MPI
import NeuralNetworks
import Reports
import Safetensors

/// The evaluation of a checkpoint on a split of its data set.
public enum Evaluation {
  /// What the command line says.
  public struct Options: Sendable {
    /// The model file.
    public var checkpointPath: String
    /// A configuration for files that tell none, such as those of PyTorch.
    public var configurationPath: String?
    /// Changes of the configuration, each `KEY=VALUE`.
    public var overrides: [String]
    /// Whether to evaluate on the training split instead of the test split.
    public var usesTrainSplit: Bool
    /// Whether to print one JSON object.
    public var printsJSON: Bool

    /// Names the options.
    public init(
      checkpointPath: String, configurationPath: String? = nil, overrides: [String] = [],
      usesTrainSplit: Bool = false, printsJSON: Bool = false
    ) {
      self.checkpointPath = checkpointPath
      self.configurationPath = configurationPath
      self.overrides = overrides
      self.usesTrainSplit = usesTrainSplit
      self.printsJSON = printsJSON
    }
  }

  /// Prints loss, accuracy and number of samples.
  ///
  /// Every rank must call this, with the same options.
  public static func evaluate(_ options: Options, world: Communicator) throws -> Outcome {
    try Outcome.of {
      let (file, configuration) = try world.agree {
        let file = try TensorFile(contentsOf: options.checkpointPath)
        let configuration =
          if let path = options.configurationPath {
            try Configuration.load(path: path, overrides: options.overrides)
          } else {
            try Checkpoint.configuration(of: file, overrides: options.overrides)
          }
        try Replica.check(
          configuration, source: options.configurationPath ?? options.checkpointPath, ranks: world.size)
        return (file, configuration)
      }
      let check = StartCheck(world)
      try check.requireEqual(
        options: [
          ("--split", options.usesTrainSplit ? "train" : "test"), ("--json", "\(options.printsJSON)"),
        ])
      try check.requireEqual(
        configuration: configuration, source: options.configurationPath ?? options.checkpointPath)
      try check.requireEqualProgram()
      let images = try world.agree {
        let images = try configuration.dataset(options.usesTrainSplit ? .train : .test)
        _ = try configuration.graph(input: Shape(images.channels, images.height, images.width))
        return images
      }
      try check.requireEqual(
        fingerprints: [(options.usesTrainSplit ? "train" : "test", images.fingerprint)],
        source: configuration.data.source)
      let replica = try Replica(configuration, images: images, world: world, trains: false)
      try world.agree {
        do {
          try replica.executor.load(try file.stateTensors())
        } catch let error as StateError {
          throw UserMistake("\(options.checkpointPath): \(error)")
        }
      }
      let difference = try replica.difference()
      try world.agree {
        if let difference {
          throw UserMistake("\(options.checkpointPath): \(difference); all ranks need the same checkpoint")
        }
      }
      let metrics = try replica.evaluate(images)
      let console = ConsoleReport(isSilent: world.rank != 0)
      if options.printsJSON {
        let object = JSON.object([
          ("loss", .precise(metrics.loss)), ("accuracy", .number(metrics.accuracy)),
          ("samples", .integer(Int(metrics.samples))),
        ])
        console.line("\(object)")
      } else {
        console.line(
          "loss \(JSON.precise(metrics.loss))  accuracy \(metrics.accuracy)  samples \(Int(metrics.samples))")
      }
    }
  }
}
