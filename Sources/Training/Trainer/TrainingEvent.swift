public import Execution
import NeuralNetworks

/// What happens in a training run, in order: ``started(_:)``; steps, epochs, evaluations and checkpoints; ``ended(_:)``.
///
/// Between them ``working(_:)`` tells of what takes a while.
public enum TrainingEvent: Sendable {
  /// The run begins; nothing was computed yet.
  case started(Start)
  /// Something begins that takes a while beside the steps, or has come further; other observers than displays need not mind.
  case working(Work)
  /// A step was taken.
  case step(Step)
  /// An epoch was completed.
  case epoch(Epoch)
  /// A data set was evaluated, or the metrics of an epoch's steps were added up.
  case evaluated(Evaluation)
  /// A checkpoint was written.
  case checkpointed(CheckpointFile)
  /// Something that the user should know.
  case warned(String)
  /// The run stops before its last epoch is done.
  case stopped(Stop)
  /// The run is done.
  case ended(End)

  /// What a run begins with.
  public struct Start: Sendable {
    /// What is trained, and on what.
    public var modelName, dataName: String
    /// The number of learned numbers.
    public var parameterCount: Int
    /// The training, validation and test samples; none of the latter where nothing is evaluated.
    public var trainingSamples, validationSamples, testSamples: Int
    /// The shape of a sample, [channels, height, width] or [features].
    public var sampleShape: [Int]
    /// The ranks, and the threads of this rank.
    public var ranks, threads: Int
    /// By rank, its host.
    public var hosts: [String]
    /// The batch and its parts.
    public var batch: Batch
    /// The samples that share statistics in batch normalizations.
    public var statistics: BatchStatistics
    /// The number of epochs, and the steps in each.
    public var epochs, stepsPerEpoch: Int
    /// The position at which the run begins.
    public var position: TrainingPosition
    /// The step with which the run ends at the latest.
    public var lastStep: Int
    /// How the all-reduce is done, as text for a log.
    public var sums: String
    /// What the data say of themselves, a line each, such as how files are read.
    public var dataRemarks: [String] = []
    /// What was loaded of the weights that the run begins with and what was not, and what is frozen, line by line; empty where
    /// all parameters are trained from their initialization.
    public var fineTuning: [String] = []
  }

  /// A step with its time on this rank.
  public struct Step: Sendable {
    /// The steps taken, this one included: from 1.
    public var step: Int
    /// The epoch, from 1.
    public var epoch: Int
    /// The steps taken of this epoch, this one included, and how many it has.
    public var stepOfEpoch, stepsPerEpoch: Int
    /// Loss and accuracy of the global batch, before the update.
    public var metrics: BatchMetrics
    /// The learning rate of the update.
    public var learningRate: Double
    /// When it began, and when its update did.
    public var began, updateBegan: ContinuousClock.Instant
    /// The seconds of the whole step.
    public var seconds: Double
    /// The seconds of the phases but the update.
    public var phases: BatchSeconds
    /// The seconds of the update.
    public var updateSeconds: Double
    /// Whether no further step follows in this epoch of this run.
    public var isLastOfEpoch: Bool
    /// The hash of parameters, running statistics and slots after the step, of 60 bits; nil but where replicas are compared or
    /// a checkpoint is written.
    ///
    /// It is the same on any ranks, threads and hosts.
    public var stateHash: UInt64?
    /// The norm of the gradient before it was cut; nil where none is cut, or the step was left out.
    public var gradientNorm: Double?
    /// The number that was not finite, where the step was left out because of it; nil in all others.
    public var skipped: String?
    /// The times of all ranks in the steps since they were last told; nil on one rank, and but every ``Machine/logEverySteps``
    /// steps and at the end of an epoch.
    public var rankSeconds: RankSeconds?
  }

  /// A completed epoch.
  public struct Epoch: Sendable {
    /// The epoch, from 1.
    public var epoch: Int
    /// The steps taken since the beginning.
    public var step: Int
    /// The metrics of its steps, added up.
    public var training: BatchMetrics
    /// The exact metrics of the validation data; nil without such.
    public var validation: BatchMetrics?
    /// The exact metrics of the test data; nil without such, and where validation data are evaluated instead.
    public var test: BatchMetrics?
    /// The same of the weights that the last step has left, where `validation` and `test` are of their average; nil elsewhere.
    public var validationOfTrained, testOfTrained: BatchMetrics?
    /// The seconds of its steps.
    public var seconds: Double
  }

  /// Metrics of a whole data set.
  public struct Evaluation: Sendable {
    /// `train`, the metrics of the epoch's steps added up; or `validation` or `test`, exact.
    public var split: String
    /// The epoch, from 1.
    public var epoch: Int
    /// The steps taken.
    public var step: Int
    /// Loss and accuracy.
    public var metrics: BatchMetrics
    /// What is told of the classes or values; nil for `train`.
    public var scores: DataScores?
    /// Which weights they are of; nil for `train`, and where no average of the weights is kept.
    public var weights: EvaluatedWeights?
  }

  /// A checkpoint on disk.
  public struct CheckpointFile: Sendable {
    /// The steps taken.
    public var step: Int
    /// The epochs completed.
    public var epoch: Int
    /// The model file.
    public var path: String
    /// The hash of the state, as that of a step.
    public var stateHash: UInt64
    /// The seconds for which training waited: for the checkpoint before, and while the state was copied.
    public var waitingSeconds: Double
    /// When the files were begun.
    public var writingBegan: ContinuousClock.Instant
    /// The seconds that the files took, while training went on.
    public var writingSeconds: Double
  }

  /// Why a run stops early.
  public struct Stop: Sendable {
    /// The steps taken.
    public var step: Int
    /// The reason.
    public var reason: StopReason
    /// Of a run that was not worth going on, the score, its best value and the epoch that it is of.
    public var best: (metric: EarlyStopping.Metric, score: Double, epoch: Int)?
  }

  /// What a run has come to.
  public struct End: Sendable {
    /// The steps taken.
    public var step: Int
    /// The seconds of this run.
    public var seconds: Double
    /// The part of the steps' time that sums over ranks took and that computing did not hide, 0 to 1.
    public var exposedCommunication: Double
    /// SHA-256 over names, shapes and bytes of all parameters and buffers.
    public var digest: String
    /// The scores of the test data after the last epoch; nil without such, or if steps were taken since.
    public var test: DataScores?
    /// The last checkpoint's model file; nil if none was written.
    public var checkpointPath: String?
    /// The ranks of the run.
    public var ranks: Int
    /// Why the run has ended before its last epoch was done; nil if it was.
    public var stopReason: StopReason?
  }
}

/// Something that follows a training run: a console, a file, a test.
///
/// A trainer tells its observers of every event in order, on the rank that they were given to. It gives no observer to
/// other ranks: what only the coordinator is to do is given to the coordinator's trainer only.
public protocol TrainingObserver: AnyObject {
  /// Takes note of an event.
  ///
  /// - Throws: what ends the run, such as the failure of a full disk; under `withRanks` on all ranks.
  func observe(_ event: TrainingEvent) throws
}
