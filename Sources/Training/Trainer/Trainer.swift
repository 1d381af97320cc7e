import Datasets
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
  public private(set) var experiment: Experiment
  /// The rest, as the ranks agreed on it.
  public let machine: Machine
  /// Who computes.
  public let ranks: any Ranks
  /// How far the run has come.
  public internal(set) var position = TrainingPosition()

  /// Who is told of every event on this rank.
  public var observers: [any TrainingObserver]

  /// Asked before every step on every rank: whether somebody wants the run to stop.
  ///
  /// One rank's answer stops all after the step.
  public var stopRequest: () -> StopReason? = { nil }

  /// The faults that this rank meets on purpose; nil for none.
  package var faults: FaultInjector?

  /// By split, the fingerprint of its data.
  package let fingerprints: [(split: String, fingerprint: UInt64)]
  package let replica: Replica
  private(set) var record: JSON
  let checkpoints: CheckpointDirectory?
  private let sampler: Sampler
  let batches: Batches
  /// The order of the current epoch's samples; nil before its first step.
  var order: [UInt32]?
  /// The order of the epoch to come, once its first batch is prepared.
  private var nextOrder: (epoch: Int, order: [UInt32])?
  /// The step whose samples are prepared; nil before the first one.
  private var preparedStep: Int?
  /// The seconds of all steps of this trainer, and those of them that went into sums over ranks.
  private var stepSeconds = (total: 0.0, reduction: 0.0)
  /// Where the time of the steps went that the other ranks were not told of yet.
  var ownSeconds = (steps: 0, sum: TrainingEvent.RankSeconds.Rank())
  /// What writes checkpoints while training goes on; on the coordinator, during a run.
  var writer: CheckpointWriter?
  /// The last checkpoint that was begun, and the last one that lies on the disk, such as the one that the run goes on with.
  var checkpointStep: Int?
  var checkpointPath: String?
  /// When the last checkpoint was begun, or the run.
  var checkpointed = ContinuousClock.now
  /// Whether the replicas of all ranks are to be compared in the next step, whatever its number.
  var checksNextStep = true
  /// What the user should know when the run begins, besides what the replica warns of.
  package var warnings: [String] = []
  /// The scores of the test data, if they were taken after the last step.
  var testScores: DataScores?
  /// What was taken of the weights that the run begins with; nil on other ranks, and where it begins with none.
  package internal(set) var initialWeights: InitialWeights?
  /// What was not finite on this rank after the last step.
  var nonFiniteState: String?

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
      try machine.check(statistics: experiment.recipe.statistics)
      return (try experiment.checkedGraph(ranks: ranks.count), try experiment.record())
    }
    let check = StartCheck(ranks)
    try check.requireEqual(experiment: record, source: "the experiment")
    try check.requireEqualProgram()
    fingerprints = experiment.splits.map { (split: $0.name, fingerprint: $0.source.fingerprint) }
    try check.requireEqual(fingerprints: fingerprints, source: experiment.dataSource ?? experiment.dataName)

    self.experiment = experiment
    self.ranks = ranks
    self.record = record
    self.observers = observers
    self.checkpoints = checkpoints
    var recipe = experiment.recipe
    recipe.loss.classWeights = recipe.loss.classWeights.resolved(
      by: experiment.trainingData, outputs: graph.outputShape.count)
    sampler = Sampler(
      count: experiment.trainingData.count, seed: UInt64(recipe.seed), shuffles: experiment.shuffles)
    batches = Batches(sampleCount: experiment.trainingData.count, batchSize: recipe.batch.size)
    replica = try Replica(graph, recipe, on: machine, ranks: ranks)
    self.machine = replica.machine
    try replica.executor.initialize(experiment.initialization, seed: UInt64(recipe.seed))
    ranks.enter(.outside)
  }

  /// Notes the digest of the weights that the run began with, as a checkpoint tells it.
  func adopt(initialWeights digest: String) throws {
    experiment.recipe.fineTuning.initialWeights = digest
    record = try experiment.record()
  }

  // MARK: - Running

  /// Trains until the last epoch is done, so many steps are taken, or somebody asks to stop.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - maxSteps: after how many steps since the beginning of the run to stop at the latest; 0 to write the initial state
  ///     only. The same on all ranks.
  ///   - maxMinutes: after how many minutes from now to have stopped, by the coordinator's clock, with a checkpoint: the run
  ///     stops before a step that would take it beyond.
  /// - Returns: what the run has come to.
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the directory of checkpoints cannot be written to;
  ///   `CommonFailure` on all ranks if their replicas differ, or a number is not finite; `LocalFailure` if a checkpoint or an
  ///   observer's file cannot be written; what ranks and observers throw.
  @discardableResult
  public func run(maxSteps: Int? = nil, maxMinutes: Double? = nil) throws -> TrainingEvent.End {
    ranks.enter(.starting)
    try ranks.agreeOnCoordinator { try checkpoints?.prepare() }
    faults?.meet(.start, step: position.step)
    if ranks.isCoordinator, let checkpoints {
      writer = CheckpointWriter(checkpoints, machine.checkpoints, from: position.step, faults: faults)
    }
    // The ranks do not agree on mistakes from here on: what one meets alone, such as a full disk, must end them all.
    return try ranks.alone {
      do {
        return try runToEnd(maxSteps: maxSteps, deadline: maxMinutes.map { Deadline(minutes: $0) })
      } catch {
        // What was begun is completed: it is of a step before.
        _ = try? writer?.finish()
        throw error
      }
    }
  }

  private func runToEnd(maxSteps: Int?, deadline: Deadline?) throws -> TrainingEvent.End {
    defer { ranks.enter(.outside) }
    let began = ContinuousClock.now
    (checkpointed, checksNextStep) = (began, true)
    var isCheckpointPending = false
    var stop = maxSteps.flatMap { position.step >= $0 ? StopReason.maxSteps : nil }
    if hasLostPatience { stop = .patience }
    try announce(maxSteps: maxSteps)
    while position.epoch < experiment.recipe.epochs, stop == nil {
      let epochBegan = ContinuousClock.now
      while position.batch < batches.count, stop == nil {
        var (step, requests) = try takeStep(deadline?.requests ?? [])
        deadline?.note(step.seconds)
        stop = requests.stop ?? maxSteps.flatMap { position.step >= $0 ? .maxSteps : nil }
        step.isLastOfEpoch = position.batch == batches.count || stop != nil
        let isDue = isCheckpointDue(requests)
        if step.stateHash == nil, isDue || stop != nil { step.stateHash = replica.executor.stateHash() }
        ranks.enter(.reporting(step: position.step))
        step.rankSeconds = try rankSeconds(with: step)
        try emit(.step(step))
        if let skipped = step.skipped { try emit(.warned("step \(step.step) is left out: \(skipped)")) }
        try noteWrittenCheckpoint(waits: false)
        isCheckpointPending = isDue
        if position.batch < batches.count, stop == nil, isDue { try writeCheckpoint() }
      }
      // Who asks to stop does not want to wait for an evaluation; it is made when the run goes on.
      guard position.batch == batches.count, stop?.isRequest != true else { break }
      try endEpoch(seconds: (ContinuousClock.now - epochBegan) / .seconds(1))
      if hasLostPatience { stop = .patience }
      if position.epoch < experiment.recipe.epochs, stop == nil, isCheckpointPending { try writeCheckpoint() }
    }
    let isDone = position.epoch == experiment.recipe.epochs
    if checkpointStep != position.step { try writeCheckpoint() }
    try emit(.working(TrainingEvent.Work(.ending)))
    try noteWrittenCheckpoint(waits: true)
    if !isDone, let stop { try emit(.stopped(event(of: stop))) }
    let end = TrainingEvent.End(
      step: position.step, seconds: (ContinuousClock.now - began) / .seconds(1),
      exposedCommunication: stepSeconds.total > 0 ? stepSeconds.reduction / stepSeconds.total : 0,
      digest: try digest(), test: testScores, checkpointPath: checkpoints?.modelPath(step: position.step),
      ranks: ranks.count,
      stopReason: isDone ? nil : stop)
    try emit(.ended(end))
    return end
  }

  /// Takes one step: the gradients of the next batch over all ranks, and the update.
  ///
  /// Observers are not told of it. The epoch must have a batch left. Every rank must call this.
  ///
  /// - Throws: `CommonFailure` on all ranks if their replicas were compared and differ, or a number is not finite; what the
  ///   ranks throw.
  package func takeStep() throws -> TrainingEvent.Step { try takeStep([]).step }

  /// Takes one step; returns what any rank has asked for, too.
  private func takeStep(_ own: StepRequests) throws -> (step: TrainingEvent.Step, requests: StepRequests) {
    require(position.batch < batches.count, "epoch \(position.epoch + 1) has only \(batches.count) batches")
    ranks.enter(.computing(step: position.step + 1))
    let order = order ?? self.order(epoch: position.epoch)
    self.order = order
    let clock = ContinuousClock()
    let began = clock.now
    let batch = order[batches[position.batch]]
    prepareSamples(batch)
    faults?.meetStep(position.step + 1, samples: batch.count, replica)
    let learningRate = experiment.recipe.learningRate(step: position.step, stepsPerEpoch: batches.count)
    let skips = experiment.recipe.nonFinite == .skipStep
    let statistics = skips ? replica.executor.statistics() : nil
    let metrics = try replica.forwardBackward(
      batch, of: experiment.trainingData, epoch: position.epoch, after: position.step,
      checksReplicas: checksNextStep || position.step.isMultiple(of: machine.checkEverySteps),
      requests: requests(own).rawValue)
    checksNextStep = false
    let requests = StepRequests(rawValue: replica.executor.requests)
    try requireFiniteState(requests)
    let updateBegan = clock.now
    let skipped = nonFinite(metrics)
    var gradientNorm: Double?
    if let skipped {
      guard let statistics else { throw try failure(skipped, in: batch, learningRate: learningRate) }
      replica.executor.restoreStatistics(statistics)
    } else {
      ranks.enter(.updating(step: position.step + 1))
      gradientNorm = replica.update(
        by: experiment.recipe.updateRule, UpdateStep(index: position.step, learningRate: learningRate))
      nonFiniteState = replica.executor.nonFiniteState(slots: false)
    }
    let end = clock.now
    position.step += 1
    position.batch += 1
    if skipped == nil { position.metrics += metrics }
    (position.test, position.validation) = (nil, nil)
    testScores = nil
    let seconds = (end - began) / .seconds(1)
    stepSeconds.total += seconds
    stepSeconds.reduction += replica.executor.seconds.reduction
    let step = TrainingEvent.Step(
      step: position.step, epoch: position.epoch + 1, stepOfEpoch: position.batch,
      stepsPerEpoch: batches.count,
      metrics: metrics, learningRate: learningRate, began: began, updateBegan: updateBegan, seconds: seconds,
      phases: replica.executor.seconds,
      updateSeconds: (end - updateBegan) / .seconds(1), isLastOfEpoch: position.batch == batches.count,
      stateHash: position.step.isMultiple(of: machine.checkEverySteps) ? replica.executor.stateHash() : nil,
      gradientNorm: gradientNorm, skipped: skipped)
    return (step, requests)
  }

  /// The order of an epoch's samples.
  private func order(epoch: Int) -> [UInt32] {
    if let nextOrder, nextOrder.epoch == epoch { return nextOrder.order }
    return sampler.order(epoch: epoch)
  }

  /// Lets the data read ahead: the samples of the next step, and those of this one if no step before has.
  private func prepareSamples(_ batch: ArraySlice<UInt32>) {
    let source = experiment.trainingData
    if preparedStep != position.step { replica.prepare(batch, of: source, epoch: position.epoch) }
    preparedStep = position.step + 1
    if position.batch + 1 < batches.count, let order {
      replica.prepare(order[batches[position.batch + 1]], of: source, epoch: position.epoch)
    } else if position.epoch + 1 < experiment.recipe.epochs {
      let next = order(epoch: position.epoch + 1)
      nextOrder = (position.epoch + 1, next)
      replica.prepare(next[batches[0]], of: source, epoch: position.epoch + 1)
    }
  }

  /// What this rank asks of all in the next step.
  private func requests(_ own: StepRequests) -> StepRequests {
    var requests = stopRequest().map(StepRequests.init(stop:)) ?? []
    if nonFiniteState != nil { requests.insert(.notFinite) }
    guard ranks.isCoordinator else { return requests }
    requests.formUnion(own)
    if let minutes = machine.checkpoints.everyMinutes,
      (ContinuousClock.now - checkpointed) / .seconds(60) >= minutes
    {
      requests.insert(.checkpoint)
    }
    return requests
  }

  /// Gives back the memory that the ranks share; the trainer is of no use any more.
  ///
  /// A program that trains several experiments calls it after each; otherwise the memory stays until MPI ends. Every rank
  /// must call this.
  ///
  /// - Throws: what the ranks throw.
  public func finish() throws { try replica.sums.free() }

  // MARK: - Events

  func emit(_ event: TrainingEvent) throws {
    for observer in observers { try observer.observe(event) }
  }

  /// The remark that a model tells more classes apart than the data have.
  private var idleOutputs: [String] {
    let outputs = replica.executor.graph.outputShape.count
    guard case .classes(let count) = experiment.trainingData.target, count < outputs else { return [] }
    return ["model: has \(outputs) outputs, more than the \(count) classes of \(experiment.dataName)"]
  }

  private func announce(maxSteps: Int?) throws {
    let (recipe, graph) = (experiment.recipe, replica.executor.graph)
    let (hosts, lastStep) = (try ranks.hosts(), recipe.epochs * batches.count)
    let sources = [experiment.trainingData] + (experiment.testData.map { [$0] } ?? [])
    try emit(
      .started(
        TrainingEvent.Start(
          modelName: experiment.modelName, dataName: experiment.dataName,
          parameterCount: graph.parameterCount,
          trainingSamples: experiment.trainingData.count,
          validationSamples: experiment.validationData?.count ?? 0,
          testSamples: experiment.testData?.count ?? 0,
          sampleShape: experiment.trainingData.shape, ranks: ranks.count, threads: machine.threads,
          hosts: hosts,
          batch: recipe.batch, statistics: recipe.statistics, epochs: recipe.epochs,
          stepsPerEpoch: batches.count, position: position,
          lastStep: max(position.step, min(maxSteps ?? lastStep, lastStep)), sums: replica.sums.description(),
          dataRemarks: sources.flatMap(\.remarks) + idleOutputs,
          fineTuning: (initialWeights?.lines ?? []) + recipe.fineTuning.lines(of: graph))))
    for warning in replica.warnings + warnings + sources.flatMap(\.warnings) { try emit(.warned(warning)) }
  }
}
