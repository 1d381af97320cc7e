import DataParallel
import Datasets
import Foundation
public import MPI
import Minimization
import Mistakes
package import Records
import Reports

/// A minimization on all ranks, from its configuration to its pictures.
public final class MinimizationRun {
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
    /// The command line as it was typed, for the manifest.
    public var arguments: [String]

    /// Names the options.
    public init(
      configurationPath: String, overrides: [String] = [], output: String? = nil, overwrites: Bool = false,
      arguments: [String] = []
    ) {
      self.configurationPath = configurationPath
      self.overrides = overrides
      self.output = output
      self.overwrites = overwrites
      self.arguments = arguments
    }
  }

  private let world: Communicator
  private let options: Options
  private let configuration: MinimizationConfiguration
  private let data: RegressionData?
  private let dataFingerprint: UInt64?
  private let sum: RankSampleSum?
  private let problem: MinimizationProblem
  private let output: OutputDirectory
  private let console: ConsoleReport
  /// The coordinator's; nil on all other ranks.
  private let file: MetricsFile?
  private let trajectory: Trajectory

  private var isCoordinator: Bool { world.rank == 0 }

  /// Minimizes as the options say.
  ///
  /// Every rank must call this, with the same options.
  ///
  /// - Returns: done if the run has converged or done all its steps; a mistake of the user, found before anything was
  ///   computed; or a failure that all ranks have seen, such as a run that diverges.
  /// - Throws: any failure that is not the user's; this rank has failed then, and the others wait for it.
  public static func minimize(_ options: Options, world: Communicator) throws -> Outcome {
    var run: MinimizationRun?
    let outcome = try Outcome.of { run = try MinimizationRun(options, world: world) }
    // From here on the ranks no longer agree on mistakes: what one alone meets must end them all.
    do {
      try run?.run()
    } catch let failure as CommonFailure {
      return .failure(message: failure.message)
    }
    return outcome
  }

  private init(_ options: Options, world: Communicator) throws {
    self.world = world
    self.options = options
    let source = options.configurationPath
    console = ConsoleReport(isSilent: world.rank != 0)
    let configuration = try world.agree {
      let configuration = try MinimizationConfiguration.load(path: source, overrides: options.overrides)
      if let data = configuration.data, data.microshards < world.size {
        throw UserMistake(
          "\(source): data.microshards: \(data.microshards) microshards cannot be shared by \(world.size) ranks; "
            + "start at most \(data.microshards) ranks or take more microshards")
      }
      return configuration
    }
    self.configuration = configuration
    let check = StartCheck(world)
    try check.requireEqual(
      options: [
        ("--output", "\(options.output.map(JSON.text) ?? .null)"), ("--overwrite", "\(options.overwrites)"),
      ])
    try check.requireEqual(configuration: configuration.json, source: source)
    try check.requireEqualProgram()
    (data, dataFingerprint) = try Self.data(configuration, world: world)
    sum = try configuration.data.map { data in
      RankSampleSum(try Topology(world), microshardCount: data.microshards)
    }
    problem = try Self.problem(configuration, data: data, sum: sum, source: source, world: world)
    let proposed = OutputDirectory.proposed(configuration: source, now: Date())
    let output = OutputDirectory(path: try options.output ?? world.broadcast(proposed, root: 0))
    self.output = output
    let file: MetricsFile? = try world.agree {
      guard world.rank == 0 else { return nil }
      try output.prepare(overwrites: options.overwrites, holdsCheckpoints: false)
      return try MetricsFile(creating: output.trajectoryPath)
    }
    self.file = file
    let stepsPerEpoch = configuration.stepsPerEpoch(sampleCount: problem.sampleCount)
    trajectory = Trajectory(
      world: world, file: file,
      table: TrajectoryTable(
        console, stepLimit: configuration.stepLimit(sampleCount: problem.sampleCount),
        stepsPerEpoch: stepsPerEpoch),
      stepsPerEpoch: stepsPerEpoch)
    try writeManifest()
  }

  /// Reads the samples, the same on all ranks.
  private static func data(
    _ configuration: MinimizationConfiguration, world: Communicator
  ) throws -> (RegressionData?, fingerprint: UInt64?) {
    guard let samples = configuration.data else { return (nil, nil) }
    let (data, fingerprint) = try world.agree {
      let table = try samples.table()
      return (try samples.regressionData(of: table), table.fingerprint)
    }
    try StartCheck(world).requireEqual(fingerprints: [("samples", fingerprint)], source: samples.path)
    return (data, fingerprint)
  }

  private static func problem(
    _ configuration: MinimizationConfiguration, data: RegressionData?, sum: RankSampleSum?, source: String,
    world: Communicator
  ) throws -> MinimizationProblem {
    do {
      return try world.agree {
        try MinimizationProblem(configuration, data: data, sum: sum ?? SerialSampleSum(), source: source)
      }
    } catch let error as ConstraintError {
      // All ranks have the same sets.
      throw CommonFailure(message: world.rank == 0 ? "\(source): constraints: \(error)" : nil)
    }
  }

  // MARK: - The run

  private func run() throws {
    try announce()
    if let convexity = configuration.check.convexity, let region = problem.region {
      let finding = try convexity.finding(on: problem.objective, in: region, seed: configuration.seed)
      try file?.write(event: "convexity", finding.members)
      finding.lines.forEach(console.line)
    }
    let ending = try minimize()
    trajectory.finish()
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
        try minimizer.minimize(objective, from: problem.start, observer: record))
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
    console.line("\(ending.text)" + (step.map { ", step \($0)" } ?? ""))
    if let last = trajectory.last {
      console.line("value \(JSON.precise(last.value))")
      let shown = last.x.prefix(16).map { "\(JSON.precise($0))" } + (last.x.count > 16 ? ["…"] : [])
      console.line("x [\(shown.joined(separator: ", "))]")
    }
    ending.lines.forEach(console.line)
    if !digest.isEmpty { console.line("digest \(digest)") }
    let paths = try writePictures()
    console.line(
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
      try Data(svg.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      return path
    }
  }

  private func writeManifest() throws {
    let hosts = try Manifest.hosts(of: world)
    guard isCoordinator else { return }
    let manifest = Manifest(
      configuration: configuration.json, seed: configuration.seed, ranks: world.size, hosts: hosts,
      details: [
        ("microshards", configuration.data.map { JSON.integer($0.microshards) } ?? .null),
        ("variables", .integer(problem.objective.dimension)),
        (
          "data_fingerprint",
          dataFingerprint.map { JSON.object([("samples", .text(String($0, radix: 16)))]) } ?? .null
        ),
      ],
      arguments: options.arguments, began: Date(), mpiVersion: try MPIEnvironment.libraryVersion)
    try Data(manifest.json.utf8).write(to: URL(fileURLWithPath: output.manifestPath), options: .atomic)
  }

  private func announce() throws {
    let (objective, method) = (configuration.objective.name, configuration.method.name)
    try file?.write(
      event: "run",
      [
        ("objective", .text(objective)), ("method", .text(method)), ("ranks", .integer(world.size)),
        ("microshards", configuration.data.map { JSON.integer($0.microshards) } ?? .null),
        ("samples", data.map { JSON.integer($0.sampleCount) } ?? .null),
        ("variables", .integer(problem.objective.dimension)),
        ("steps", .integer(configuration.stepLimit(sampleCount: problem.sampleCount))),
        ("tolerance", .number(configuration.tolerance)),
      ])
    var line = "\(objective) by \(method): \(problem.objective.dimension) variables"
    if let data, let samples = configuration.data {
      line += ", \(data.sampleCount) samples of \(data.featureCount) features in \(samples.path)"
    }
    console.line(line)
    console.line(
      "\(world.size) ranks" + (sum.map { ", \($0.microshardCount) microshards" } ?? ""))
    console.line("output in \(output.path)")
  }
}
