import DataParallel
import Datasets
import Execution
import Mistakes
import NeuralNetworks
import Records
import Reports
import Safetensors
import Training

/// The audit of a training run: its log by itself, then all that it tells, computed again.
enum Audit {
  /// What the command line says.
  struct Options: Sendable {
    /// The run's output directory.
    var runPath: String
    /// After which step to begin, and with which to end; nil for the beginning and the end of the log.
    var from, to: Int?
    /// Changes of the machine and of the data's path, each `KEY=VALUE`.
    var overrides: [String]
  }

  /// Audits a run, and prints that it was reproduced.
  ///
  /// Every rank must call this, with the same options; only the coordinator's host needs to reach the run.
  ///
  /// - Throws: `CommonFailure` that tells the first thing that differs; a `UserError` or `MistakeElsewhere`.
  static func audit(_ options: Options, ranks: MPIRanks) throws {
    try StartCheck(ranks).requireEqual(options: [
      ("RUN", "\(JSON.text(options.runPath))"), ("--from", "\(options.from.map(JSON.integer) ?? .null)"),
      ("--to", "\(options.to.map(JSON.integer) ?? .null)"),
    ])
    let console = ranks.isCoordinator ? Console() : Console(.quiet)
    defer { console.finish() }
    let own = try ranks.agree { ranks.isCoordinator ? try RunRecord(options.runPath) : nil }
    let range = try range(options, own, ranks)
    try console.begin("reading the data, making kernels")
    let trainer = try trainer(options, own, ranks)
    try console.begin(nil)
    try ranks.fail(together: own?.differenceOfData(from: trainer))
    let start = own.map { AuditStart($0, after: range.lowerBound) }
    try ranks.fail(together: start?.checkpoint.flatMap { $0.differenceOfExperiment(from: trainer) })
    if ranks.isCoordinator {
      (start?.passedOver ?? []).forEach {
        printOnStandardError("warning: \($0); an earlier checkpoint is taken")
      }
    }
    if try ranks.broadcast(start?.checkpoint == nil ? "" : "restored") != "" {
      try trainer.restore(fromCoordinator: start?.checkpoint)
    } else if trainer.experiment.recipe.fineTuning.initialWeights != nil {
      let file = try ranks.agreeOnCoordinator { try own.map { try $0.initialWeights() } }
      try trainer.begin(fromCoordinator: file.flatMap(\.self))
    }
    let begin = trainer.position.step
    try ranks.fail(
      together: begin <= range.lowerBound
        ? nil
        : "\(start?.checkpoint?.model.path ?? ""): is the checkpoint of step \(begin), which its name does not say"
    )
    for warning in trainer.replica.warnings + trainer.warnings where ranks.isCoordinator {
      printOnStandardError("warning: \(warning)")
    }
    let comparison = own.map {
      AuditComparison($0, range, skippedCheckpoints: start?.damagedSteps ?? [])
    }
    try ranks.alone { try recompute(trainer, to: range.upperBound, comparison, console) }
    console.finish()
    try ranks.fail(together: own?.log.flaw?.changedLink)
    if let comparison { try ranks.printOnce(comparison.summary) }
    try trainer.finish()
  }

  /// The steps to recompute, the same on all ranks: where the chain tells of a change, those among which it must be.
  private static func range(
    _ options: Options, _ run: RunRecord?, _ ranks: MPIRanks
  ) throws -> ClosedRange<Int> {
    try ranks.fail(together: run?.log.flaw?.disorder)
    let range = try ranks.agree { () throws -> ClosedRange<Int> in
      guard let log = run?.log else { return 0...0 }
      if case .chain(let steps, _, _)? = log.flaw {
        let place =
          steps.count == 1
          ? "at step \(steps.upperBound)" : "in steps \(steps.lowerBound) to \(steps.upperBound)"
        try ranks.printOnce(
          "\(log.path): was changed \(place), where its chain does not fit; recomputing these to see what")
        return steps.lowerBound - 1...steps.upperBound
      }
      if log.isCut { printOnStandardError("warning: \(log.path): its last line is cut, and left out") }
      let last = log.steps.count
      let to = options.to ?? last
      guard to <= last else { throw UserMistake("--to \(to): the log ends with step \(last)") }
      let from = options.from ?? 0
      guard from < to || (from, last) == (0, 0) else {
        throw UserMistake("--from \(from): expected a step before \(to), with which the audit ends")
      }
      try ranks.printOnce(
        "\(log.path): \(counted(last, "step")), one after the other, and the chain fits")
      return from...to
    }
    let bounds = try ranks.broadcast("\(range.lowerBound) \(range.upperBound)").split(separator: " ")
    let steps = bounds.compactMap { Int($0) }
    require(steps.count == 2, "the coordinator's range came as \(bounds)")
    return steps[0]...steps[1]
  }

  /// A trainer of the run's experiment, at its beginning.
  private static func trainer(_ options: Options, _ run: RunRecord?, _ ranks: MPIRanks) throws -> Trainer {
    let told = try ranks.agree { try run?.configuration() }
    let source = try ranks.broadcast(told?.source ?? "")
    let text = try ranks.broadcast(told?.text ?? "")
    let runRanks = try ranks.broadcast(run?.manifest?["ranks"]?.integer.map(String.init) ?? "")
    let configuration = try ranks.agree {
      let told = try Configuration.parse(text, source: source, overrides: [])
      let configuration = try Configuration.parse(text, source: source, overrides: options.overrides)
      let changes = Checkpoint.differences(
        told.experimentRecord, configuration.experimentRecord, except: ["data.path"])
      if let change = changes.first {
        throw UserMistake(
          "--set \(change.key)=\(change.other): is another experiment (the run had \(change.own)); an audit takes "
            + "keys of the machine and data.path only")
      }
      try configuration.recipe.check(source: source, ranks: ranks.count)
      if let key = configuration.recipe.keyThatShowsRanks, runRanks != "", runRanks != "\(ranks.count)" {
        throw UserMistake(
          "\(source): \(key) makes the result depend on the ranks: the run had \(runRanks), so audit it on as many, not "
            + "\(ranks.count)")
      }
      return configuration
    }
    let experiment = try ranks.agree {
      try mistakes(in: source) {
        let experiment = try configuration.experiment()
        let graph = try configuration.graph(input: Shape(experiment.trainingData.shape))
        try configuration.check(experiment.trainingData, outputs: graph.outputShape.count)
        return experiment
      }
    }
    let trainer = try Trainer(experiment, on: configuration.machine, ranks: ranks)
    trainer.warnings += run?.differencesOfProgram(from: trainer) ?? []
    return trainer
  }
}

extension Recipe {
  /// The key by which the number of ranks changes the result; nil if none does.
  fileprivate var keyThatShowsRanks: String? {
    if collectives == .mpi { return "collectives: mpi" }
    return statistics == .rank ? "batch_norm.statistics: rank" : nil
  }
}
