public import Execution
public import Optimizers
package import Records

/// How a model is trained, whatever it is: batches, statistics, loss, update rule, schedule, seed, precision, kernels.
public struct Recipe: Sendable {
  /// How many samples make a step, and into how many parts they are cut.
  public var batch = Batch()

  /// The samples that share a mean and a variance in batch normalizations.
  public var statistics = BatchStatistics.global

  /// What training minimizes.
  public var loss = Loss()

  /// How a step changes the parameters.
  public var updateRule: any UpdateRule = SGD()

  /// The learning rate by step.
  public var schedule = LearningRateSchedule(baseLearningRate: 0.1)

  /// The largest norm of the gradient that the update rule is shown, > 0; nil for any.
  ///
  /// A gradient g of all trained parameters with ‖g‖ above it is multiplied with `clipNorm` / (‖g‖ + 10⁻⁶), as PyTorch's
  /// `clip_grad_norm_` does before a step. Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, algorithm 1.
  public var clipNorm: Double?

  /// What average of the weights over the steps is kept and evaluated; nil for none.
  ///
  /// Running statistics are averaged as the weights are: they belong to them.
  public var average: WeightAverage?

  /// How weights that were trained before are treated.
  public var fineTuning = FineTuning()

  /// How often each training sample is used, ≥ 1.
  public var epochs = 10

  /// What all random numbers derive from, 0 to 2⁶³ − 1.
  public var seed = 0

  /// The type of activations, of their gradients and of weights where these meet.
  public var precision = ElementType.float32

  /// By which algorithm convolutions are computed; they round differently.
  public var convolution = ConvolutionAlgorithm.auto

  /// Who makes the sums over the ranks.
  public var collectives = Collectives.exact

  /// When the run stops before its last epoch; nil for never.
  public var stopping: EarlyStopping?

  /// What becomes of a step whose loss or gradient is not finite.
  public var nonFinite = NonFiniteAction.stop

  /// Creates the default recipe: 10 epochs of plain gradient descent at 0.1 in batches of 256.
  public init() {}

  /// The learning rate of a step.
  ///
  /// - Parameters:
  ///   - step: the step since the beginning of the run, from 0.
  ///   - stepsPerEpoch: the number of steps in an epoch, ≥ 1.
  public func learningRate(step: Int, stepsPerEpoch: Int) -> Double {
    schedule.learningRate(step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
  }

  /// The recipe with what a configuration says of model, data and update rule, under the keys of a configuration,
  /// sorted.
  package func record(_ sections: Experiment.Sections) -> JSON {
    let rule: [(key: String, value: JSON)] =
      if case .object(let members) = sections.updateRule ?? updateRule.record { members } else { [] }
    let optimizer =
      rule + [
        ("learning_rate", .number(schedule.baseLearningRate)), ("schedule", schedule.record),
      ] + fineTuning.optimizerMembers
      + (average.map { [("ema", .object([("decay", .number($0.decay))]))] } ?? [])
      + (clipNorm.map { [("clip_norm", .number($0))] } ?? [])
    let model: [(key: String, value: JSON)] =
      if case .object(let members) = sections.model { members } else { [] }
    return .object(
      [
        (
          "batch",
          .object([("microshards", .integer(batch.microshards)), ("size", .integer(batch.size))])
        ),
        ("batch_norm", .object([("statistics", .text(statistics.rawValue))])),
        ("collectives", .text(collectives.rawValue)), ("convolution", .text(convolution.rawValue)),
        ("data", sections.data), ("epochs", .integer(epochs)),
        ("loss", loss.record),
        ("model", .object((model + fineTuning.modelMembers).sorted { $0.key < $1.key })),
        ("on_non_finite", .text(nonFinite.rawValue)),
        ("optimizer", .object(optimizer.sorted { $0.key < $1.key })),
        ("precision", .text(precision.rawValue)), ("seed", .integer(seed)),
      ] + (stopping.map { [("stop", $0.record)] } ?? []))
  }
}

/// What becomes of a step whose loss or gradient is not finite.
public enum NonFiniteAction: String, Hashable, Sendable, CaseIterable {
  /// It ends the run.
  case stop
  /// It is left out, on all ranks: parameters, running statistics and the update rule's slots stay as they were.
  case skipStep = "skip_step"
}

/// The samples of a step, and the parts they are cut into.
public struct Batch: Hashable, Sendable {
  /// The samples of one step over all ranks, at least one for each microshard.
  public var size: Int

  /// The parts of a batch, 1 to 4096; no more ranks than this can take part.
  public var microshards: Int

  /// The most parts, up to which the replicas of all ranks can be compared.
  package static let mostMicroshards = ReplicaCheckSums.mostMicroshards

  /// Makes batches of `size` samples; a trainer refuses fewer samples than microshards.
  public init(size: Int = 256, microshards: Int = 8) {
    self.size = size
    self.microshards = microshards
  }
}
