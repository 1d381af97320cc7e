public import Datasets
public import Execution
import Foundation
import Mistakes
import NeuralNetworks
import Optimizers
import Records
import Safetensors

/// Trains an experiment on a machine: takes values, emits events, holds state.
///
/// ```swift
/// let trainer = try Trainer(experiment)
/// let end = try trainer.run()
/// print("digest \(end.digest)")
/// ```
///
/// By itself it is one rank, and needs no MPI. With the ranks of the module DataParallel it computes this rank's share, and
/// every rank must make the same calls: however many there are, all bits are the same.
public final class Trainer {
  /// All that the bits depend on.
  public let experiment: Experiment
  /// The rest, as the ranks agreed on it.
  public let machine: Machine
  /// Who computes.
  public let ranks: any Ranks
  /// How far the run has come.
  public private(set) var position = TrainingPosition()

  /// Who is told of every event on this rank.
  public var observers: [any TrainingObserver]

  /// By split, the fingerprint of its data.
  package let fingerprints: [(split: String, fingerprint: UInt64)]
  package let replica: Replica
  private let record: JSON
  private let checkpoints: CheckpointDirectory?
  private let sampler: Sampler
  private let batches: Batches
  /// The order of the current epoch's samples; nil before its first step.
  private var order: [UInt32]?
  /// The seconds of all steps of this trainer, and those of them that went into sums over ranks.
  private var stepSeconds = (total: 0.0, reduction: 0.0)
  private var checkpointPath: String?

  /// Prepares a run from its beginning: compares the experiment among the ranks, compiles the model, initializes it.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - experiment: all that the bits depend on.
  ///   - machine: the rest.
  ///   - ranks: who computes; by default this process alone.
  ///   - observers: who is told of every event on this rank.
  ///   - checkpoints: where the coordinator writes a checkpoint after each epoch and at the end; nil for none.
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the experiment cannot be trained here or is not the
  ///   same on all ranks; what the ranks throw.
  public init(
    _ experiment: Experiment, on machine: Machine = Machine(), ranks: any Ranks = SingleRank(),
    observers: [any TrainingObserver] = [], checkpoints: CheckpointDirectory? = nil
  ) throws {
    ranks.enter(.starting)
    ranks.watch(WatchdogOptions(timeoutSeconds: machine.watchdogSeconds))
    let (graph, record) = try ranks.agree {
      try machine.check()
      return (try experiment.checkedGraph(ranks: ranks.count), try experiment.record())
    }
    let check = StartCheck(ranks)
    try check.requireEqual(experiment: record, source: "the experiment")
    try check.requireEqualProgram()
    let splits = [("train", experiment.trainingData)] + (experiment.testData.map { [("test", $0)] } ?? [])
    fingerprints = splits.map { (split: $0, fingerprint: $1.fingerprint) }
    try check.requireEqual(fingerprints: fingerprints, source: experiment.dataSource ?? experiment.dataName)

    self.experiment = experiment
    self.ranks = ranks
    self.record = record
    self.observers = observers
    self.checkpoints = checkpoints
    let recipe = experiment.recipe
    sampler = Sampler(
      count: experiment.trainingData.count, seed: UInt64(recipe.seed), shuffles: experiment.shuffles)
    batches = Batches(sampleCount: experiment.trainingData.count, batchSize: recipe.batch.size)
    replica = try Replica(graph, recipe, on: machine, ranks: ranks)
    self.machine = replica.machine
    try replica.executor.initialize(experiment.initialization, seed: UInt64(recipe.seed))
    ranks.enter(.outside)
  }

  // MARK: - Running

  /// Trains until the last epoch is done, or so many steps are taken.
  ///
  /// Every rank must call this.
  ///
  /// - Parameter maxSteps: after how many steps since the beginning of the run to stop at the latest, ≥ 1; the same on all
  ///   ranks.
  /// - Returns: what the run has come to.
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the directory of checkpoints cannot be written to;
  ///   `CommonFailure` on all ranks if their replicas differ; `LocalFailure` if a checkpoint or an observer's file cannot be
  ///   written; what ranks and observers throw.
  @discardableResult
  public func run(maxSteps: Int? = nil) throws -> TrainingEvent.End {
    ranks.enter(.starting)
    try ranks.agree { if ranks.isCoordinator { try checkpoints?.prepare() } }
    // The ranks do not agree on mistakes from here on: what one meets alone, such as a full disk, must end them all.
    return try ranks.alone { try runToEnd(maxSteps: maxSteps) }
  }

  private func runToEnd(maxSteps: Int?) throws -> TrainingEvent.End {
    defer { ranks.enter(.outside) }
    let began = ContinuousClock.now
    try announce()
    let isStopped = { [self] in maxSteps.map { position.step >= $0 } ?? false }
    while position.epoch < experiment.recipe.epochs, !isStopped() {
      let epochBegan = ContinuousClock.now
      while position.batch < batches.count, !isStopped() {
        var step = try takeStep()
        step.isLastOfEpoch = position.batch == batches.count || isStopped()
        if !step.metrics.loss.isFinite {
          let loss = step.metrics.loss
          try emit(
            .warned("step \(step.step): the loss is \(loss); the learning rate may be too large"))
        }
        ranks.enter(.reporting(step: position.step))
        try emit(.step(step))
      }
      guard position.batch == batches.count else { break }
      try endEpoch(seconds: (ContinuousClock.now - epochBegan) / .seconds(1))
      if position.epoch < experiment.recipe.epochs, !isStopped() { try writeCheckpoint() }
    }
    if position.epoch < experiment.recipe.epochs {
      try emit(.stopped(TrainingEvent.Stop(step: position.step, reason: "max_steps")))
    }
    let digest = try writeCheckpoint()
    let end = TrainingEvent.End(
      step: position.step, seconds: (ContinuousClock.now - began) / .seconds(1),
      exposedCommunication: stepSeconds.total > 0 ? stepSeconds.reduction / stepSeconds.total : 0,
      digest: digest,
      checkpointPath: checkpointPath, ranks: ranks.count)
    try emit(.ended(end))
    return end
  }

  /// Takes one step: the gradients of the next batch over all ranks, and the update.
  ///
  /// Observers are not told of it. The epoch must have a batch left. Every rank must call this.
  ///
  /// - Throws: `CommonFailure` on all ranks if their replicas were compared and differ; what the ranks throw.
  package func takeStep() throws -> TrainingEvent.Step {
    require(position.batch < batches.count, "epoch \(position.epoch + 1) has only \(batches.count) batches")
    ranks.enter(.computing(step: position.step + 1))
    let order = order ?? sampler.order(epoch: position.epoch)
    self.order = order
    let clock = ContinuousClock()
    let began = clock.now
    let learningRate = experiment.recipe.learningRate(step: position.step, stepsPerEpoch: batches.count)
    let metrics = try replica.forwardBackward(
      order[batches[position.batch]], of: experiment.trainingData, epoch: position.epoch,
      after: position.step,
      checksReplicas: position.step.isMultiple(of: machine.checkEverySteps))
    let updateBegan = clock.now
    ranks.enter(.updating(step: position.step + 1))
    replica.update(
      by: experiment.recipe.updateRule, UpdateStep(index: position.step, learningRate: learningRate))
    let end = clock.now
    position.step += 1
    position.batch += 1
    position.metrics += metrics
    let seconds = (end - began) / .seconds(1)
    stepSeconds.total += seconds
    stepSeconds.reduction += replica.executor.seconds.reduction
    return TrainingEvent.Step(
      step: position.step, epoch: position.epoch + 1, stepOfEpoch: position.batch,
      stepsPerEpoch: batches.count,
      metrics: metrics, learningRate: learningRate, seconds: seconds, phases: replica.executor.seconds,
      updateSeconds: (end - updateBegan) / .seconds(1), isLastOfEpoch: position.batch == batches.count)
  }

  /// Completes the epoch, all of whose steps were taken: evaluates, and goes on to the next.
  private func endEpoch(seconds: Double) throws {
    let (trained, epoch) = (position.metrics, position.epoch + 1)
    ranks.enter(.evaluating(step: position.step))
    let tested = try experiment.testData.map(replica.evaluate)
    try emit(
      .epoch(
        TrainingEvent.Epoch(
          epoch: epoch, step: position.step, training: trained, test: tested, seconds: seconds)))
    for (split, metrics) in [("train", trained)] + (tested.map { [("test", $0)] } ?? []) {
      try emit(
        .evaluated(
          TrainingEvent.Evaluation(split: split, epoch: epoch, step: position.step, metrics: metrics)))
    }
    position.epoch += 1
    position.batch = 0
    position.metrics = BatchMetrics()
    order = nil
  }

  /// The exact metrics of a data set, with the running statistics.
  ///
  /// Every rank must call this, with equal data.
  ///
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the data do not fit the model and the loss, or are not
  ///   the same on all ranks; what the ranks throw.
  public func evaluate(_ source: any SampleSource) throws -> BatchMetrics {
    try ranks.agree {
      try experiment.check(source, called: "evaluation", outputs: replica.executor.graph.outputShape.count)
    }
    try StartCheck(ranks).requireEqual(
      fingerprints: [(split: "evaluation", fingerprint: source.fingerprint)], source: source.description)
    ranks.enter(.evaluating(step: position.step))
    defer { ranks.enter(.outside) }
    return try replica.evaluate(source)
  }

  /// Gives back the memory that the ranks share; the trainer is of no use any more.
  ///
  /// A program that trains several experiments calls it after each; otherwise the memory stays until MPI ends. Every rank
  /// must call this.
  ///
  /// - Throws: what the ranks throw.
  public func finish() throws { try replica.sums.free() }

  // MARK: - State

  /// The state of the run, the same on every rank.
  ///
  /// - Throws: a failure of the kernel library.
  public func state() throws -> TrainingState {
    TrainingState(
      position: position, model: try replica.executor.state(), slots: try replica.executor.slotTensors())
  }

  /// Takes over a checkpoint; the run then goes on as if it had never been interrupted.
  ///
  /// Every rank must call this, with the same checkpoint.
  ///
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the checkpoint is of another experiment or damaged;
  ///   nothing is changed then.
  public func restore(_ checkpoint: Checkpoint) throws {
    try ranks.agree {
      try checkpoint.requireExperiment(record)
      try restore(checkpoint.state())
    }
  }

  /// Takes over a state of the same experiment; the run then goes on as if it had never been interrupted.
  ///
  /// Every rank must call this, with the same state.
  ///
  /// - Throws: `StateError` if a tensor is missing, superfluous or of another shape, or the position is not one of this
  ///   experiment; nothing is changed then.
  public func restore(_ state: TrainingState) throws {
    let position = state.position
    guard (0...batches.count).contains(position.batch), position.epoch >= 0,
      position.step == position.epoch * batches.count + position.batch
    else {
      throw StateError(
        description:
          "step \(position.step) is not batch \(position.batch) of epoch \(position.epoch + 1) with \(batches.count) batches an "
          + "epoch")
    }
    let model = try replica.executor.state()
    try replica.executor.load(state.model)
    do {
      try replica.executor.loadSlots(state.slots)
    } catch {
      try replica.executor.load(model)
      throw error
    }
    self.position = position
    order = nil
  }

  /// SHA-256 over names, shapes and bytes of all parameters and buffers, 64 hexadecimal digits.
  ///
  /// - Throws: a failure of the kernel library.
  public func digest() throws -> String {
    Tensor.digest(of: try replica.executor.state().map { ($0.name, Tensor($0)) })
  }

  /// Compares the replicas; then the coordinator writes the state, which every rank has.
  ///
  /// - Returns: the digest of the model.
  @discardableResult
  private func writeCheckpoint() throws -> String {
    ranks.enter(.checkpointing(step: position.step))
    try replica.requireEqualReplicas(after: position.step)
    guard let checkpoints else { return try digest() }
    let checkpoint = Checkpoint(
      try state(), of: experiment, record: record, algorithms: replica.executor.algorithms)
    checkpointPath = checkpoints.modelPath(step: position.step)
    if ranks.isCoordinator {
      let path = try checkpoints.write(checkpoint, step: position.step)
      try emit(
        .checkpointed(
          TrainingEvent.CheckpointFile(step: position.step, epoch: position.epoch, path: path)))
    }
    return checkpoint.digest
  }

  // MARK: - Events

  private func emit(_ event: TrainingEvent) throws {
    for observer in observers { try observer.observe(event) }
  }

  private func announce() throws {
    let (recipe, graph) = (experiment.recipe, replica.executor.graph)
    try emit(
      .started(
        TrainingEvent.Start(
          modelName: experiment.modelName, dataName: experiment.dataName,
          parameterCount: graph.parameterCount,
          trainingSamples: experiment.trainingData.count, testSamples: experiment.testData?.count ?? 0,
          sampleShape: experiment.trainingData.shape, ranks: ranks.count, threads: machine.threads,
          batch: recipe.batch, statistics: recipe.statistics, epochs: recipe.epochs,
          stepsPerEpoch: batches.count, position: position, sums: replica.sums.description())))
    for warning in replica.warnings { try emit(.warned(warning)) }
  }
}
