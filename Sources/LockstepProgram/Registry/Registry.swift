public import Datasets
public import NeuralNetworks
public import Optimizers

/// The models, data sets and update rules that a configuration may name.
///
/// A program of one's own adds to them, or replaces what is there:
///
/// ```swift
/// var program = LockstepProgram()
/// program.registry.models["wide-lenet"] = { options in WideLeNet(classes: try options.integer("classes", default: 10)) }
/// program.main()
/// ```
public struct Registry: Sendable {
  /// Makes a model of the section `model`.
  public typealias ModelMaker = @Sendable (SectionOptions) throws -> any Layer
  /// Makes an update rule of the section `optimizer`.
  public typealias UpdateRuleMaker = @Sendable (SectionOptions) throws -> any UpdateRule
  /// Makes a data set of the section `data`; reads nothing yet.
  public typealias DatasetMaker = @Sendable (SectionOptions, DatasetContext) throws -> Dataset

  /// By `model.name`, what makes the model.
  public var models: [String: ModelMaker]
  /// By `optimizer.name`, what makes the update rule.
  public var updateRules: [String: UpdateRuleMaker]
  /// By `data.name`, what makes the data set.
  public var datasets: [String: DatasetMaker]

  /// What comes with Lockstep.
  public static let standard = Registry(
    models: standardModels, updateRules: standardUpdateRules, datasets: standardDatasets)

  /// What the running program knows; set by ``LockstepProgram/main()``.
  @TaskLocal package static var current = Registry.standard
}

/// A data set that a configuration names: what is known of it before anything is read, and how it is read.
public struct Dataset: Sendable {
  /// The shape of a sample, [channels, height, width] or [features]; nil if only the data tell.
  public var shape: [Int]?
  /// The bytes that both splits take in memory; nil if only the data tell.
  public var byteCount: Int?
  /// The folder or file of the data, for messages; nil for what is drawn.
  public var path: String?
  /// Reads or draws a split; `augments` says whether random changes of its samples are asked for, as in training, or the
  /// samples as they are.
  public var source: @Sendable (_ split: DatasetSplit, _ augments: Bool) throws -> any SampleSource

  /// Describes a data set.
  ///
  /// - Parameters:
  ///   - shape: see ``shape``.
  ///   - byteCount: see ``byteCount``.
  ///   - path: see ``path``.
  ///   - source: see ``source``; every rank calls it, and must get the same.
  public init(
    shape: [Int]? = nil, byteCount: Int? = nil, path: String? = nil,
    source: @escaping @Sendable (_ split: DatasetSplit, _ augments: Bool) throws -> any SampleSource
  ) {
    self.shape = shape
    self.byteCount = byteCount
    self.path = path
    self.source = source
  }
}

/// What a data set may want to know of the rest of the configuration.
public struct DatasetContext: Sendable {
  /// The seed of the run.
  public var seed: UInt64
  /// The key `model.classes`, for data that do not tell how many classes they have.
  public var classes: Int
}
