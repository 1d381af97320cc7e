public import Datasets
public import NeuralNetworks
public import Optimizers
public import Training

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

  /// Reads samples without answers, of files and folders that a user names, as those of the data set are read and treated, for
  /// a model that was trained on it; nil if there is no way to.
  public var unlabelled: (@Sendable (_ paths: [String], ModelSignature) throws -> UnlabelledSamples)?

  /// Describes a data set.
  ///
  /// - Parameters:
  ///   - shape: see ``shape``.
  ///   - byteCount: see ``byteCount``.
  ///   - path: see ``path``.
  ///   - unlabelled: see ``unlabelled``.
  ///   - source: see ``source``; every rank calls it, and must get the same.
  public init(
    shape: [Int]? = nil, byteCount: Int? = nil, path: String? = nil,
    unlabelled: (@Sendable (_ paths: [String], ModelSignature) throws -> UnlabelledSamples)? = nil,
    source: @escaping @Sendable (_ split: DatasetSplit, _ augments: Bool) throws -> any SampleSource
  ) {
    self.shape = shape
    self.byteCount = byteCount
    self.path = path
    self.unlabelled = unlabelled
    self.source = source
  }
}

/// Samples that a model is applied to.
public struct UnlabelledSamples: Sendable {
  /// The samples; their labels or targets are some, and do not matter.
  public var source: any SampleSource
  /// What each sample is called: its file, or a file and a row.
  public var names: [String]

  /// Names samples.
  public init(_ source: any SampleSource, names: [String]) {
    (self.source, self.names) = (source, names)
  }
}

/// What a data set may want to know of the rest of the configuration.
public struct DatasetContext: Sendable {
  /// The seed of the run.
  public var seed: UInt64
  /// The key `model.classes`, for data that do not tell how many classes they have.
  public var classes: Int
}
