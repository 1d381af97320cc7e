import DataParallel
import Datasets
import Execution
import Foundation
import MPI
import Mistakes
import NeuralNetworks
import Records
import Reports
import Safetensors
import Training

/// A training run of the command line: from a configuration to an output directory.
enum TrainingRun {
  /// What the command line says.
  struct Options: Sendable {
    /// The configuration's file.
    var configurationPath: String
    /// Changes of the configuration, each `KEY=VALUE`.
    var overrides: [String]
    /// The output directory; nil for a new one below `runs`.
    var output: String?
    /// Whether another run in the output directory may be replaced.
    var overwrites: Bool
    /// With what the run begins.
    var resume: Resume
    /// The file of the weights that the run begins with; nil for the initialization.
    var initialWeights: String?
    /// After how many steps to stop at the latest, ≥ 0.
    var maxSteps: Int?
    /// After how many minutes to have stopped.
    var maxMinutes: Double?
    /// What the run is to meet on purpose.
    var faults: [Fault]
    /// The timeline to write; nil for none.
    var trace: Trace?
    /// Whether nothing is printed on standard output.
    var isQuiet = false
    /// The command line as it was typed, for the manifest.
    var arguments: [String]

    /// What must be the same on all ranks beside the configuration.
    fileprivate var entries: StartCheck.Entries {
      [
        ("--output", "\(output.map(JSON.text) ?? .null)"), ("--overwrite", "\(overwrites)"),
        ("--resume", "\(JSON.text(resume.text))"),
        ("--initial-weights", "\(initialWeights.map(JSON.text) ?? .null)"),
        ("--max-steps", "\(maxSteps.map(JSON.integer) ?? .null)"),
        ("--max-minutes", "\(maxMinutes.map(JSON.number) ?? .null)"),
        ("--trace", "\(trace.map { JSON.text($0.text) } ?? .null)"),
        ("--inject", "\(JSON.list(faults.map { .text($0.text) }))"),
      ]
    }
  }

  /// Trains as the options say.
  ///
  /// Every rank must call this, with the same options.
  static func train(_ options: Options, ranks: MPIRanks) throws {
    let source = options.configurationPath
    let console = ranks.isCoordinator ? Console(isQuiet: options.isQuiet) : Console(.quiet)
    defer { console.finish() }
    var configuration = try ranks.agree {
      let configuration = try Configuration.load(path: source, overrides: options.overrides)
      try configuration.recipe.check(source: source, ranks: ranks.count)
      return configuration
    }
    let check = StartCheck(ranks)
    try check.requireEqual(options: options.entries)
    try check.requireEqual(experiment: configuration.experimentRecord, source: source)
    try check.requireEqualProgram()
    try MemoryCheck(ranks).require(
      key: "\(source): data", purpose: "the data set", remedy: "take fewer samples, or fewer ranks a host"
    ) { _ in configuration.data.dataset.byteCount }
    let weights = try openInitialWeights(options, &configuration, ranks: ranks)
    try console.begin("reading the data")
    let experiment = try ranks.agree { [configuration] in
      try mistakes(in: source) {
        let experiment = try configuration.experiment()
        // Here a model that does not fit is told with its line.
        let graph = try configuration.graph(input: Shape(experiment.trainingData.shape))
        try configuration.check(experiment.trainingData, outputs: graph.outputShape.count)
        try configuration.checkFineTuning(graph)
        _ = try experiment.checkedGraph(ranks: ranks.count)
        return experiment
      }
    }
    // What lies in a directory is looked at by the coordinator: other hosts need not see it.
    let given = try ranks.broadcast(
      options.output ?? (ranks.isCoordinator ? options.resume.output : nil) ?? "")
    let output = try OutputDirectory.agreed(given.isEmpty ? nil : given, configuration: source, ranks: ranks)
    defer { output.release() }
    ranks.watch(WatchdogOptions(directory: output.flightRecorderPath))
    try console.begin(ranks.count > 1 ? "measuring the sums, making kernels" : "making kernels")
    let trainer = try Trainer(
      experiment, on: configuration.machine, ranks: ranks,
      checkpoints: CheckpointDirectory(path: output.checkpointsPath))
    try ranks.agree { try checkFaults(options, trainer.replica.executor.graph, ranks: ranks) }
    let recording = try options.trace.map { try TraceRecording($0, trainer, ranks: ranks) }
    // Before the directory is touched: weights that do not fit must not cost what lies there.
    try begin(trainer, with: weights, options, source: source, isKnownToBegin: options.resume.isNever)
    let start = try ranks.agreeOnCoordinator { try prepare(output, options) } ?? Start()
    if start.checkpoint != nil { try console.begin("taking over the checkpoint") }
    let isResumed = try ranks.broadcast(start.checkpoint == nil ? "" : "resumed") != ""
    if isResumed {
      try trainer.restore(fromCoordinator: start.checkpoint)
      configuration.recipe.fineTuning = trainer.experiment.recipe.fineTuning
    } else if !options.resume.isNever {
      try begin(trainer, with: weights, options, source: source, isKnownToBegin: true)
    }
    // What a manifest tells that is about to be replaced by that of the same run.
    let initialWeights = isResumed ? manifestedInitialWeights(output) : trainer.initialWeights?.json
    trainer.warnings += start.passedOver.map { "\($0); an earlier checkpoint is taken" }
    trainer.faults = try faults(options, output, ranks: ranks)
    trainer.stopRequest = { StopSignals.request.map(StopReason.init) }
    try console.begin(nil)
    trainer.observers =
      try ranks.agreeOnCoordinator {
        [
          ConsoleObserver(
            outputPath: output.path, metricsPath: output.metricsPath,
            logEverySteps: configuration.machine.logEverySteps, console: console),
          ProgressObserver(console: console),
          try isResumed
            ? MetricsObserver(path: output.metricsPath, goingOnFrom: trainer.position)
            : MetricsObserver(path: output.metricsPath),
        ] + (try tensorBoard(configuration.tensorBoard, output, trainer, goesOn: isResumed))
      } ?? []
    // Every rank has one.
    if let recording { trainer.observers.append(recording.observer) }
    let manifest = Manifest(
      configuration: configuration.json, seed: configuration.recipe.seed, hosts: try ranks.hosts(),
      details: details(of: configuration, trainer)
        + [("resumed_after_step", isResumed ? .integer(trainer.position.step) : .null)]
        + (initialWeights.map { [("initial_weights", $0)] } ?? []),
      arguments: options.arguments, began: Date(),
      mpiVersion: try MPIEnvironment.libraryVersion)
    try ranks.agreeOnCoordinator { try manifest.write(to: output.manifestPath) }
    let end = try trainer.run(maxSteps: options.maxSteps, maxMinutes: options.maxMinutes)
    try recording?.finish(ranks)
    if end.stopReason?.isRequest == true { throw StoppedOnRequest() }
  }

  /// What writes files for TensorBoard, unless the configuration wants none.
  private static func tensorBoard(
    _ options: TensorBoardOptions, _ output: OutputDirectory, _ trainer: Trainer, goesOn: Bool
  ) throws -> [any TrainingObserver] {
    guard options.everySteps != nil else { return [] }
    return [
      try TensorBoardObserver(
        directory: output.tensorBoardPath, goingOnFrom: goesOn ? trainer.position : nil, options: options,
        executor: trainer.replica.executor)
    ]
  }

  private static func details(
    of configuration: Configuration, _ trainer: Trainer
  ) -> [(key: String, value: JSON)] {
    let executor = trainer.replica.executor
    return [
      ("threads_per_rank", .integer(configuration.machine.threads)),
      ("microshards", .integer(configuration.recipe.batch.microshards)),
      ("parameters", .integer(executor.graph.parameterCount)),
      (
        "data_fingerprint",
        .object(trainer.fingerprints.map { ($0.split, .text(String($0.fingerprint, radix: 16))) })
      ),
      ("convolutions", .object(executor.algorithms.map { ($0.layer, .text($0.algorithm)) })),
    ]
  }
}
