import DataParallel
import Datasets
import Execution
import Foundation
import MPI
import Minimization
import Mistakes
import Records
import Reports
import Safetensors
import Training

/// A minimization on all ranks, from its configuration to its pictures.
package final class MinimizationRun {
  /// What the command line says beside the configuration.
  struct Options: Sendable {
    /// The configuration's file.
    var configurationPath: String
    /// Changes of the configuration, each `KEY=VALUE`.
    var overrides: [String]
    /// The output directory; nil for a new one below `runs`.
    var output: String?
    /// Whether another run in the output directory may be replaced.
    var overwrites: Bool
    /// The command line as it was typed, for the manifest.
    var arguments: [String]
  }

  private let ranks: MPIRanks
  private let options: Options
  private let configuration: MinimizationConfiguration
  private let samples: RegressionSamples?
  private let dataFingerprint: UInt64?
  private let sum: RankSampleSum?
  private let problem: MinimizationProblem
  private let output: OutputDirectory
  /// The coordinator's; nil on all other ranks.
  private let file: MetricsFile?
  private let trajectory: Trajectory

  private var data: RegressionData? { samples?.data }
  private var isCoordinator: Bool { ranks.isCoordinator }

  /// Minimizes as the options say.
  ///
  /// Every rank must call this, with the same options.
  ///
  /// - Throws: a `UserError`, found before anything was computed; `CommonFailure` on all ranks if the run does not converge,
  ///   or their points differ; any other failure is this rank's alone.
  static func minimize(_ options: Options, ranks: MPIRanks) throws {
    let run = try MinimizationRun(options, ranks: ranks)
    defer { run.output.release() }
    // From here on the ranks no longer agree on mistakes: what one alone meets must end them all.
    try ranks.alone { try run.run() }
  }

  private init(_ options: Options, ranks: MPIRanks) throws {
    self.ranks = ranks
    self.options = options
    let source = options.configurationPath
    let configuration = try ranks.agree {
      let configuration = try MinimizationConfiguration.load(path: source, overrides: options.overrides)
      if let data = configuration.data, data.blocks < ranks.count {
        throw UserMistake(
          "\(source): data.microshards: \(data.blocks) blocks cannot be shared by \(ranks.count) ranks; "
            + "start at most \(data.blocks) ranks or take more")
      }
      return configuration
    }
    self.configuration = configuration
    let check = StartCheck(ranks)
    try check.requireEqual(
      options: [
        ("--output", "\(options.output.map(JSON.text) ?? .null)"), ("--overwrite", "\(options.overwrites)"),
      ])
    try check.requireEqual(experiment: configuration.json, source: source)
    try check.requireEqualProgram()
    (samples, dataFingerprint) = try Self.samples(configuration, ranks: ranks)
    sum = try configuration.data.map { data in
      RankSampleSum(try Topology(ranks.world), blockCount: data.blocks, recorder: ranks.recorder)
    }
    problem = try Self.problem(configuration, data: samples?.data, sum: sum, source: source, ranks: ranks)
    let output = try OutputDirectory.agreed(options.output, configuration: source, ranks: ranks)
    self.output = output
    ranks.watch(WatchdogOptions(directory: output.flightRecorderPath))
    let file = try ranks.agreeOnCoordinator {
      try output.prepare(overwrites: options.overwrites, holdsCheckpoints: false)
      return try MetricsFile(creating: output.trajectoryPath)
    }
    self.file = file
    let stepsPerEpoch = configuration.stepsPerEpoch(sampleCount: problem.sampleCount)
    trajectory = Trajectory(
      ranks: ranks, file: file,
      table: TrajectoryTable(
        stepLimit: configuration.stepLimit(sampleCount: problem.sampleCount), stepsPerEpoch: stepsPerEpoch,
        print: ranks.printOnce),
      stepsPerEpoch: stepsPerEpoch)
    let hosts = try ranks.hosts()
    try ranks.agreeOnCoordinator { try writeManifest(hosts: hosts) }
  }

  /// Reads the samples, the same on all ranks.
  private static func samples(
    _ configuration: MinimizationConfiguration, ranks: MPIRanks
  ) throws -> (RegressionSamples?, fingerprint: UInt64?) {
    guard let data = configuration.data else { return (nil, nil) }
    let (samples, fingerprint) = try ranks.agree {
      let table = try data.table()
      return (try data.regressionData(of: table), table.fingerprint)
    }
    try StartCheck(ranks).requireEqual(fingerprints: [("samples", fingerprint)], source: data.path)
    return (samples, fingerprint)
  }

  private static func problem(
    _ configuration: MinimizationConfiguration, data: RegressionData?, sum: RankSampleSum?, source: String,
    ranks: MPIRanks
  ) throws -> MinimizationProblem {
    do {
      return try ranks.agree {
        try MinimizationProblem(configuration, data: data, sum: sum ?? SerialSampleSum(), source: source)
      }
    } catch let error as ConstraintError {
      // All ranks have the same sets.
      throw CommonFailure(message: ranks.isCoordinator ? "\(source): constraints: \(error)" : nil)
    }
  }

  // MARK: - The run

  private func run() throws {
    try announce()
    if let convexity = configuration.check.convexity, let region = problem.region {
      let finding = try convexity.finding(on: problem.objective, in: region, seed: configuration.seed)
      try file?.write(event: "convexity", finding.members)
      try finding.lines.forEach(ranks.printOnce)
    }
    let ending = try minimize()
    try trajectory.finish()
    try end(ending)
    try sum?.free()
    if ending.isFailure {
      throw CommonFailure(message: isCoordinator ? "\(options.configurationPath): \(ending.text)" : nil)
    }
  }

  private func minimize() throws -> MinimizationEnding {
    let objective = problem.objective
    let stepLimit = configuration.stepLimit(sampleCount: problem.sampleCount)
    func record(_ iterate: Iterate) throws { try trajectory.record(TrajectoryPoint(iterate)) }
    if let minimizer = configuration.minimizer(sampleCount: problem.sampleCount) {
      return MinimizationEnding(
        try minimizer.minimize(objective, from: problem.start, observer: record), samples: samples)
    }
    do {
      if case .constrained(let method) = configuration.method {
        let minimizer = ConstrainedMinimizer(
          method, tolerance: configuration.tolerance, roundLimit: stepLimit)
        let constrained = try ConstrainedProblem(
          objective, configuration.constraints, name: "\(options.configurationPath): constraints")
        return MinimizationEnding(
          try minimizer.minimize(constrained, from: problem.start) { round in
            try trajectory.record(TrajectoryPoint(round))
          })
      }
      guard case .projectedGradient(let rule) = configuration.method else {
        unreachable("the method \(configuration.method.name) has no loop")
      }
      let set: any ConvexSet = try problem.sets.count == 1 ? problem.sets[0] : Intersection(problem.sets)
      let descent = ProjectedGradient(rule, tolerance: configuration.tolerance, stepLimit: stepLimit)
      return MinimizationEnding(
        try descent.minimize(objective, over: set, from: problem.start, observer: record))
    } catch let error as ConstraintError {
      // All ranks have the same sets and points.
      return MinimizationEnding(error)
    }
  }

  // MARK: - Output

  /// Tells the end, and writes the pictures.
  private func end(_ ending: MinimizationEnding) throws {
    var ending = ending
    if configuration.check.stationaryPoint, let last = trajectory.last {
      let finding = try problem.objective.stationaryFinding(
        at: last.x, gradientNorm: last.columns.residual, tolerance: max(configuration.tolerance, 1e-8))
      ending.members += finding.members
      ending.lines += finding.lines
    }
    guard isCoordinator else { return }
    let fitted = trajectory.last.flatMap { last in
      samples.flatMap { FittedRegression(configuration, $0, variables: last.x) }
    }
    if let score = fitted?.heldOutScore {
      ending.members.append(("held_out", score.json))
      ending.lines.append(score.line)
    }
    let seconds = trajectory.seconds
    let step = trajectory.last?.step
    var members: [(key: String, value: JSON)] = [
      ("outcome", .text(ending.word)), ("message", .text(ending.text)),
      ("step", step.map(JSON.integer) ?? .null),
    ]
    members += trajectory.last?.members ?? []
    members += ending.members
    let digest = trajectory.digest
    members += [("seconds", .number(seconds)), ("digest", digest.isEmpty ? .null : .text(digest))]
    try file?.write(event: "end", members)
    try file?.synchronize()
    try ranks.printOnce("\(ending.text)" + (step.map { ", step \($0)" } ?? ""))
    if let last = trajectory.last {
      try ranks.printOnce("value \(JSON.precise(last.value))")
      let shown = last.x.prefix(16).map { "\(JSON.precise($0))" } + (last.x.count > 16 ? ["…"] : [])
      try ranks.printOnce("x [\(shown.joined(separator: ", "))]")
    }
    try ending.lines.forEach(ranks.printOnce)
    if !digest.isEmpty { try ranks.printOnce("digest \(digest)") }
    var paths = try writePictures()
    if let fitted {
      try fitted.file.write(to: output.modelPath)
      paths.append(output.modelPath)
    }
    try ranks.printOnce(
      "done in \(String(format: "%.1f", seconds)) s: "
        + ([output.trajectoryPath] + paths).joined(separator: ", "))
  }

  private func writePictures() throws -> [String] {
    let pictures = MinimizationPictures(
      objectiveName: configuration.objective.name, methodName: configuration.method.name,
      function: data == nil ? problem.objective : nil,
      stepsPerEpoch: configuration.stepsPerEpoch(sampleCount: problem.sampleCount),
      marks: trajectory.marks)
    return try pictures.pictures().map { fileName, svg in
      let path = "\(output.path)/\(fileName)"
      try ReplacementFile.write(Array(svg.utf8), to: path)
      return path
    }
  }

  private func writeManifest(hosts: [String]) throws {
    let manifest = Manifest(
      configuration: configuration.json, seed: configuration.seed, hosts: hosts,
      details: [
        ("microshards", configuration.data.map { JSON.integer($0.blocks) } ?? .null),
        ("variables", .integer(problem.objective.dimension)),
        (
          "data_fingerprint",
          dataFingerprint.map { JSON.object([("samples", .text(String($0, radix: 16)))]) } ?? .null
        ),
      ],
      arguments: options.arguments, began: Date(), mpiVersion: try MPIEnvironment.libraryVersion)
    try manifest.write(to: output.manifestPath)
  }

  private func announce() throws {
    let (objective, method) = (configuration.objective.name, configuration.method.name)
    try file?.write(
      event: "run",
      [
        ("objective", .text(objective)), ("method", .text(method)), ("ranks", .integer(ranks.count)),
        ("microshards", configuration.data.map { JSON.integer($0.blocks) } ?? .null),
        ("samples", data.map { JSON.integer($0.sampleCount) } ?? .null),
        ("variables", .integer(problem.objective.dimension)),
        ("steps", .integer(configuration.stepLimit(sampleCount: problem.sampleCount))),
        ("tolerance", .number(configuration.tolerance)),
      ])
    var line = "\(objective) by \(method): " + counted(problem.objective.dimension, "variable")
    if let data, let samples = configuration.data {
      line += ", \(data.sampleCount) samples of \(counted(data.featureCount, "feature")) in \(samples.path)"
    }
    try ranks.printOnce(line)
    try ranks.printOnce(
      counted(ranks.count, "rank") + (sum.map { ", " + counted($0.blockCount, "block") } ?? ""))
    try ranks.printOnce("output directory: \(output.path)")
  }
}
