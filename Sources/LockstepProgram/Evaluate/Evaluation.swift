import Datasets
import Execution
public import MPI
package import Records
import Reports

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
      let split = options.usesTrainSplit ? DatasetSplit.train : .test
      let checkpoint = try OpenedCheckpoint(
        path: options.checkpointPath, configurationPath: options.configurationPath,
        overrides: options.overrides, split: split,
        options: [("--split", split.rawValue), ("--json", "\(options.printsJSON)")], world: world)
      let metrics = try checkpoint.replica(trains: false).evaluate(checkpoint.images)
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
