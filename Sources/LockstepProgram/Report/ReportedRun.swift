import Foundation
import Mistakes
import Records

/// A training as a page tells of it: its log by kinds of events, and its manifest.
struct ReportedRun {
  /// A step of the log.
  struct Step {
    var step: Int
    var loss, accuracy, learningRate, seconds, imagesPerSecond: Double
    /// By phase, in seconds.
    var phases: [Double]
    /// The norm of the gradient, where the log tells it.
    var gradientNorm: Double?
  }

  /// An evaluation of a split after an epoch.
  struct Evaluation {
    var split: String
    var step, epoch: Int
    var loss, accuracy: Double
    /// The line, with the scores.
    var members: JSON
  }

  /// The output directory, as given.
  let path: String
  /// What it is called on the page: as much of the path as tells it from the others.
  var name: String
  /// What the manifest tells.
  let manifest: JSON
  /// The configuration, of the manifest.
  var configuration: JSON { manifest["configuration"] ?? .object([]) }
  private(set) var steps: [Step] = []
  /// Evaluations, those of an average rather than of the trained weights where there is one.
  private(set) var evaluations: [Evaluation] = []
  /// The same of the trained weights beside an average.
  private(set) var trainedEvaluations: [Evaluation] = []
  /// The first line of the log, the last one, and how often the run went on.
  private(set) var start: JSON?
  private(set) var end: JSON?
  private(set) var resumes: [Int] = []
  /// What was warned of, and why it stopped.
  private(set) var warnings: [String] = []
  private(set) var stop: JSON?
  /// By rank, the seconds of all steps that the log tells them of: the whole, then by phase.
  private(set) var rankSeconds: [(total: Double, phases: [Double])] = []
  /// How many steps those are.
  private(set) var rankSteps = 0

  /// Reads a run.
  ///
  /// - Throws: `UserMistake` if the directory is not that of a training, or its log is not that of one.
  init(_ path: String) throws {
    let run = try RunRecord(path)
    self.path = run.path
    name = URL(fileURLWithPath: run.path).lastPathComponent
    manifest = run.manifest ?? .object([])
    let bytes = FileManager.default.contents(atPath: run.log.path) ?? Data()
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      do throws(JSONError) { take(try JSON(parsing: line)) } catch {
        // The last line of a run that is at work may be cut.
        guard bytes.last != UInt8(ascii: "\n"), line.endIndex == bytes.endIndex else {
          throw UserMistake("\(run.log.path):\(index + 1): \(error)")
        }
      }
    }
  }

  private mutating func take(_ line: JSON) {
    switch line["event"]?.text {
    case "run": start = line
    case "resume":
      resumes.append(line["step"]?.integer ?? 0)
      // What it had stopped for is past.
      stop = nil
    case "step":
      guard let step = line["step"]?.integer else { return }
      func number(_ key: String) -> Double { line[key]?.number ?? .nan }
      steps.append(
        Step(
          step: step, loss: number("loss"), accuracy: number("accuracy"),
          learningRate: number("learning_rate"),
          seconds: number("seconds"), imagesPerSecond: number("images_per_second"),
          phases: StepMeasurement.phaseNames.map { line["phase_seconds"]?[$0]?.number ?? 0 },
          gradientNorm: line["gradient_norm"]?.number))
      takeRanks(line)
    case "evaluation":
      let evaluation = Evaluation(
        split: line["split"]?.text ?? "", step: line["step"]?.integer ?? 0,
        epoch: line["epoch"]?.integer ?? 0,
        loss: line["loss"]?.number ?? .nan, accuracy: line["accuracy"]?.number ?? .nan, members: line)
      if line["weights"]?.text == "trained" {
        trainedEvaluations.append(evaluation)
      } else {
        evaluations.append(evaluation)
      }
    case "warning": warnings += line["message"]?.text.map { [$0] } ?? []
    case "stop": stop = line
    case "end": end = line
    default: break
    }
  }

  private mutating func takeRanks(_ line: JSON) {
    guard let totals = line["rank_seconds"]?["total"]?.list?.map({ $0.number ?? 0 }) else { return }
    let byPhase = StepMeasurement.phaseNames.map { phase in
      (line["rank_seconds"]?[phase]?.list ?? []).map { $0.number ?? 0 }
    }
    // A run that went on with another number of ranks begins anew.
    if rankSeconds.count != totals.count {
      rankSeconds = totals.map { _ in (0, StepMeasurement.phaseNames.map { _ in 0 }) }
      rankSteps = 0
    }
    rankSteps += line["rank_steps"]?.integer ?? 0
    for rank in totals.indices {
      rankSeconds[rank].total += totals[rank]
      for phase in byPhase.indices where byPhase[phase].indices.contains(rank) {
        rankSeconds[rank].phases[phase] += byPhase[phase][rank]
      }
    }
  }

  // MARK: - In words

  /// The seed.
  var seed: String { manifest["seed"]?.integer.map(String.init) ?? "–" }

  /// "2 ranks × 1 thread".
  var machine: String {
    let ranks = manifest["ranks"]?.integer ?? start?["ranks"]?.integer ?? 1
    let threads = manifest["threads_per_rank"]?.integer ?? start?["threads"]?.integer ?? 1
    return "\(counted(ranks, "rank")) × \(counted(threads, "thread"))"
  }

  /// How the run came to its end.
  var ending: String {
    if let reason = stop?["reason"]?.text { return "stopped by \(reason)" }
    return end == nil ? "has not ended" : "complete"
  }

  /// The median step, in seconds.
  var secondsOfStep: Double? { steps.isEmpty ? nil : Spread(steps.map(\.seconds)).median }

  /// The median rate of the steps.
  var imagesPerSecond: Double? { steps.isEmpty ? nil : Spread(steps.map(\.imagesPerSecond)).median }

  /// The last evaluation of a split.
  func last(_ split: String) -> Evaluation? { evaluations.last { $0.split == split } }

  /// What distinguishes runs that are repetitions of each other: nothing but the seed and the machine.
  var experimentWithoutSeed: String {
    guard case .object(let members) = configuration else { return path }
    let machine = Set([
      "seed", "threads", "reduction", "log", "checkpoint", "desync_check", "watchdog", "verify",
      "tensorboard",
    ])
    return JSON.object(members.filter { !machine.contains($0.key) }).description
  }
}

extension [ReportedRun] {
  /// Gives runs whose directories bear the same names as many of those above as tell them apart.
  func withDistinctNames() -> [ReportedRun] {
    let paths = map { URL(fileURLWithPath: $0.path).standardizedFileURL.pathComponents }
    var count = 1
    func names() -> [String] { paths.map { $0.suffix(count).joined(separator: "/") } }
    while Set(names()).count < self.count, count < (paths.map(\.count).max() ?? 0) { count += 1 }
    return zip(self, names()).map { run, name in
      var run = run
      run.name = name
      return run
    }
  }
}
