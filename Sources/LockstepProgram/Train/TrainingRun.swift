import DataParallel
import Datasets
import Execution
import Foundation
public import Logging
public import MPI
import Mistakes
import NeuralNetworks
import Optimizers
package import Records
import Reports
import Safetensors

/// A training run on all ranks, from its configuration to its last checkpoint.
public final class TrainingRun {
  /// What the command line says beside the configuration.
  public struct Options: Sendable {
    /// The configuration's file.
    public var configurationPath: String
    /// Changes of the configuration, each `KEY=VALUE`.
    public var overrides: [String]
    /// The output directory; nil for a new one below `runs`.
    public var output: String?
    /// Whether another run in the output directory may be replaced.
    public var overwrites: Bool
    /// After how many steps to stop at the latest, ≥ 1.
    public var maxSteps: Int?
    /// The command line as it was typed, for the manifest.
    public var arguments: [String]

    /// Names the options.
    public init(
      configurationPath: String, overrides: [String] = [], output: String? = nil, overwrites: Bool = false,
      maxSteps: Int? = nil, arguments: [String] = []
    ) {
      self.configurationPath = configurationPath
      self.overrides = overrides
      self.output = output
      self.overwrites = overwrites
      self.maxSteps = maxSteps
      self.arguments = arguments
    }

    /// What must be the same on all ranks beside the configuration.
    fileprivate var entries: StartCheck.Entries {
      [
        ("--output", "\(output.map(JSON.text) ?? .null)"), ("--overwrite", "\(overwrites)"),
        ("--max-steps", "\(maxSteps.map(JSON.integer) ?? .null)"),
      ]
    }
  }

  private let world: Communicator
  private let configuration: Configuration
  private let train: ImageDataset
  private let test: ImageDataset
  private let replica: Replica
  private let output: OutputDirectory
  private let console: ConsoleReport
  private let logger: Logger
  private let maxSteps: Int?
  /// The coordinator's; nil on all other ranks.
  private let metricsFile: MetricsFile?
  private var position = Checkpoint.Position()
  /// The seconds of all steps, and those of them that went into sums over ranks.
  private var stepSeconds = (total: 0.0, reduction: 0.0)

  private var isCoordinator: Bool { world.rank == 0 }

  /// Trains as the options say.
  ///
  /// Every rank must call this, with the same options.
  ///
  /// - Returns: whether the run is done, was ended by a mistake of the user, before anything was computed, or by a
  ///   failure that all ranks have seen, such as replicas that differ.
  /// - Throws: any failure that is not the user's; this rank has failed then, and the others wait for it.
  public static func train(_ options: Options, world: Communicator, logger: Logger) throws -> Outcome {
    var run: TrainingRun?
    let outcome = try Outcome.of { run = try TrainingRun(options, world: world, logger: logger) }
    // From here on the ranks no longer agree on mistakes: what one alone meets, such as a checkpoint that cannot
    // be written, must end them all.
    do {
      try run?.run()
    } catch let failure as CommonFailure {
      return .failure(message: failure.message)
    }
    return outcome
  }

  private init(_ options: Options, world: Communicator, logger: Logger) throws {
    self.world = world
    self.logger = logger
    maxSteps = options.maxSteps
    console = ConsoleReport(isSilent: world.rank != 0)
    let configuration = try world.agree {
      let configuration = try Configuration.load(
        path: options.configurationPath, overrides: options.overrides)
      try Replica.check(configuration, source: options.configurationPath, ranks: world.size)
      return configuration
    }
    self.configuration = configuration
    let check = StartCheck(world)
    try check.requireEqual(options: options.entries)
    try check.requireEqual(configuration: configuration, source: options.configurationPath)
    try check.requireEqualProgram()
    let (train, test) = try world.agree {
      let (train, test) = (try configuration.dataset(.train), try configuration.dataset(.test))
      let shape = Shape(train.channels, train.height, train.width)
      let testShape = Shape(test.channels, test.height, test.width)
      guard testShape == shape else {
        throw UserMistake(
          "\(configuration.data.path ?? "data"): has test images of \(testShape) but training images of "
            + "\(shape); their sizes must be equal, as data.resize makes them")
      }
      _ = try configuration.graph(input: shape)
      return (train, test)
    }
    (self.train, self.test) = (train, test)
    let fingerprints = (train: train.fingerprint, test: test.fingerprint)
    try check.requireEqual(
      fingerprints: [("train", fingerprints.train), ("test", fingerprints.test)],
      source: configuration.data.source)
    let proposed = OutputDirectory.proposed(configuration: options.configurationPath, now: Date())
    let output = OutputDirectory(path: try options.output ?? world.broadcast(proposed, root: 0))
    self.output = output
    metricsFile = try world.agree {
      guard world.rank == 0 else { return nil }
      try output.prepare(overwrites: options.overwrites)
      return try MetricsFile(creating: output.metricsPath)
    }
    replica = try Replica(configuration, images: train, world: world)
    try replica.executor.initialize(configuration.initialization, seed: UInt64(configuration.seed))
    try writeManifest(arguments: options.arguments, dataFingerprints: fingerprints)
  }

  // MARK: - The loop

  private var batches: Batches { Batches(sampleCount: train.count, batchSize: configuration.batch.size) }

  private func run() throws {
    let began = ContinuousClock.now
    try announce()
    let sampler = Sampler(
      count: train.count, seed: UInt64(configuration.seed), shuffles: configuration.data.shuffle)
    while position.epoch < configuration.epochs, !isStopped {
      try runEpoch(order: sampler.order(epoch: position.epoch))
    }
    let checkpoint = try writeCheckpoint()
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    try metricsFile?.write(
      event: "end",
      [
        ("step", .integer(position.step)), ("seconds", .number(seconds)),
        ("reduction_share", .number(reductionShare)), ("digest", .text(checkpoint.digest)),
        ("checkpoint", .text("\(output.checkpointsPath)/\(Checkpoint.fileName(step: position.step))")),
      ])
    if world.size > 1 {
      let percent = String(format: "%.1f %%", 100 * reductionShare)
      console.line("sums over ranks: \(percent) of the steps' time was not hidden")
    }
    console.line("digest \(checkpoint.digest)")
    console.line(
      "done in \(String(format: "%.1f", seconds)) s: \(output.metricsPath), "
        + "\(output.checkpointsPath)/\(Checkpoint.fileName(step: position.step))")
  }

  /// The part of the steps' time that sums over ranks took.
  private var reductionShare: Double {
    stepSeconds.total > 0 ? stepSeconds.reduction / stepSeconds.total : 0
  }

  private var isStopped: Bool { maxSteps.map { position.step >= $0 } ?? false }

  private func runEpoch(order: [UInt32]) throws {
    let began = ContinuousClock.now
    var interval = Interval()
    while position.batch < batches.count, !isStopped {
      let step = try takeStep(order[batches[position.batch]])
      interval.add(step)
      try report(step)
      if position.batch % configuration.log.everySteps == 0 || position.batch == batches.count || isStopped {
        console.progress(
          epoch: position.epoch + 1, step: position.batch, stepCount: batches.count,
          loss: interval.metrics.loss, accuracy: interval.metrics.accuracy, learningRate: step.learningRate,
          imagesPerSecond: interval.metrics.samples / interval.seconds)
        interval = Interval()
      }
    }
    if position.batch == batches.count { try endEpoch(began: began) }
  }

  /// One step of the run, with what is reported of it.
  private func takeStep(_ samples: ArraySlice<UInt32>) throws -> StepReport {
    let clock = ContinuousClock()
    let began = clock.now
    let learningRate = configuration.learningRate(step: position.step, stepsPerEpoch: batches.count)
    let metrics = try replica.train(
      samples, of: train, epoch: position.epoch, after: position.step,
      checksReplicas: position.step.isMultiple(of: configuration.desyncCheck.everySteps))
    let updateBegan = clock.now
    replica.update(learningRate: learningRate)
    let end = clock.now
    position.step += 1
    position.batch += 1
    position.metrics += metrics
    stepSeconds.total += (end - began) / .seconds(1)
    stepSeconds.reduction += replica.executor.seconds.reduction
    return StepReport(
      metrics: metrics, learningRate: learningRate, seconds: (end - began) / .seconds(1),
      phases: replica.executor.seconds, updateSeconds: (end - updateBegan) / .seconds(1))
  }

  private func endEpoch(began: ContinuousClock.Instant) throws {
    let trained = position.metrics
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    let tested = try replica.evaluate(test)
    let epoch = position.epoch + 1
    try metricsFile?.write(
      event: "epoch",
      [
        ("epoch", .integer(epoch)), ("step", .integer(position.step)), ("loss", .precise(trained.loss)),
        ("accuracy", .number(trained.accuracy)), ("seconds", .number(seconds)),
        ("images_per_second", .number(trained.samples / seconds)),
      ])
    for (split, metrics) in [("train", trained), ("test", tested)] {
      try metricsFile?.write(
        event: "evaluation",
        [
          ("split", .text(split)), ("epoch", .integer(epoch)), ("step", .integer(position.step)),
          ("loss", .precise(metrics.loss)), ("accuracy", .number(metrics.accuracy)),
          ("samples", .integer(Int(metrics.samples))),
        ])
    }
    console.epoch(
      epoch, trainLoss: trained.loss, trainAccuracy: trained.accuracy, testLoss: tested.loss,
      testAccuracy: tested.accuracy, seconds: seconds)
    position.epoch += 1
    position.batch = 0
    position.metrics = BatchMetrics()
    if position.epoch < configuration.epochs, !isStopped { _ = try writeCheckpoint() }
  }

  // MARK: - Output

  /// The coordinator writes the state of the run; every rank computes it, since all have the same.
  private func writeCheckpoint() throws -> Checkpoint {
    try replica.requireEqualReplicas(after: position.step)
    let checkpoint = try Checkpoint(replica.executor, configuration: configuration, position: position)
    guard isCoordinator else { return checkpoint }
    let path = try checkpoint.write(step: position.step, to: output.checkpointsPath)
    try metricsFile?.write(
      event: "checkpoint",
      [
        ("step", .integer(position.step)), ("epoch", .integer(position.epoch)), ("path", .text(path)),
      ])
    return checkpoint
  }

  private func report(_ step: StepReport) throws {
    if !step.metrics.loss.isFinite {
      logger.warning(
        "step \(position.step): the loss is \(step.metrics.loss); the learning rate may be too large")
    }
    try metricsFile?.write(
      event: "step",
      [
        ("step", .integer(position.step)), ("epoch", .integer(position.epoch + 1)),
        ("loss", .precise(step.metrics.loss)), ("accuracy", .number(step.metrics.accuracy)),
        ("learning_rate", .number(step.learningRate)),
        ("images_per_second", .number(step.metrics.samples / step.seconds)),
        (
          "seconds",
          .object([
            ("total", .number(step.seconds)), ("data", .number(step.phases.data)),
            ("forward", .number(step.phases.forward)), ("backward", .number(step.phases.backward)),
            ("reduction", .number(step.phases.reduction)), ("update", .number(step.updateSeconds)),
          ])
        ),
      ])
  }

  private func writeManifest(arguments: [String], dataFingerprints: (train: UInt64, test: UInt64)) throws {
    let hosts = try Manifest.hosts(of: world)
    guard isCoordinator else { return }
    let manifest = Manifest(
      configuration: configuration.json, seed: configuration.seed, ranks: world.size, hosts: hosts,
      details: [
        ("threads_per_rank", .integer(configuration.threads)),
        ("microshards", .integer(configuration.batch.microshards)),
        ("parameters", .integer(replica.executor.graph.parameterCount)),
        (
          "data_fingerprint",
          .object([
            ("train", .text(String(dataFingerprints.train, radix: 16))),
            ("test", .text(String(dataFingerprints.test, radix: 16))),
          ])
        ),
        ("convolutions", .object(replica.executor.algorithms.map { ($0.layer, .text($0.algorithm)) })),
      ],
      arguments: arguments, began: Date(), mpiVersion: try MPIEnvironment.libraryVersion)
    try Data(manifest.json.utf8).write(to: URL(fileURLWithPath: output.manifestPath), options: .atomic)
  }

  private func announce() throws {
    let microshards = configuration.batch.microshards
    try metricsFile?.write(
      event: "run",
      [
        ("model", .text(configuration.model.name.rawValue)),
        ("data", .text(configuration.data.name.rawValue)),
        ("ranks", .integer(world.size)), ("threads", .integer(configuration.threads)),
        ("microshards", .integer(microshards)), ("batch", .integer(configuration.batch.size)),
        ("samples", .integer(train.count)), ("steps_per_epoch", .integer(batches.count)),
        ("epochs", .integer(configuration.epochs)),
        ("parameters", .integer(replica.executor.graph.parameterCount)),
      ])
    console.line(
      "\(configuration.model.name.rawValue) on \(configuration.data.name.rawValue): "
        + "\(replica.executor.graph.parameterCount) parameters, \(train.count) training and \(test.count) test "
        + "samples of \(train.channels)×\(train.height)×\(train.width)")
    console.line(
      "\(world.size) ranks × \(configuration.threads) threads, global batch \(configuration.batch.size) in "
        + "\(microshards) microshards, batch norm statistics: \(configuration.batchNorm.statistics.rawValue)")
    if world.size > 1 { console.line("sums over ranks: \(replica.sums.description)") }
    if isCoordinator { replica.warnings.forEach { logger.warning("\($0)") } }
    console.line("output in \(output.path)")
  }
}

/// What is reported of one step.
private struct StepReport {
  var metrics: BatchMetrics
  var learningRate: Double
  var seconds: Double
  var phases: BatchSeconds
  var updateSeconds: Double
}

/// The steps since the last line of progress.
private struct Interval {
  var metrics = BatchMetrics()
  var seconds = 0.0

  mutating func add(_ step: StepReport) {
    metrics += step.metrics
    seconds += step.seconds
  }
}
