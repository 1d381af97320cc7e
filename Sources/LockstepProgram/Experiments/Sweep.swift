import Dispatch
import Foundation
import Mistakes
import Records
import Safetensors
import Synchronization
import Training

/// A configuration and changes of it, each trained on the same seeds.
struct Sweep: Sendable {
  /// A training of the sweep.
  private struct Task: Sendable {
    let arm: Int
    let seed: Int
    let job: TrainingJob
    /// The experiment, as the run's manifest will tell it.
    let experiment: String
  }

  /// The base first.
  let arms: [SweepArm]
  /// The seeds.
  let seeds: [Int]
  /// The ranks of each training.
  let ranks: Int
  /// Where everything lies.
  let directory: String
  private let configuration: String
  private let tasks: [Task]

  /// Plans the trainings; none is begun.
  ///
  /// - Throws: a `UserError` if an arm's configuration is wrong.
  init(
    configuration: String, changes: [String], against: [String], seedCount: Int, ranks: Int,
    hostFile: String?, directory: String
  ) throws {
    arms = [SweepArm.base] + against.map(SweepArm.init)
    let first = try Configuration.load(path: configuration, overrides: changes).recipe.seed
    seeds = (0..<seedCount).map { first + $0 }
    (self.configuration, self.ranks, self.directory) = (configuration, ranks, directory)
    var tasks: [Task] = []
    // Seed by seed: a sweep that is not waited for has compared all arms on the first seeds.
    for seed in seeds {
      for (index, arm) in arms.enumerated() {
        let all = changes + arm.changes + ["seed=\(seed)"]
        let loaded = try Configuration.load(path: configuration, overrides: all)
        try loaded.recipe.check(source: configuration, ranks: ranks)
        let job = TrainingJob(
          configuration: configuration, changes: all, ranks: ranks, hostFile: hostFile,
          output: "\(directory)/\(arm.directoryName)/seed-\(seed)")
        tasks.append(
          Task(arm: index, seed: seed, job: job, experiment: loaded.experimentRecord.description))
      }
    }
    self.tasks = tasks
  }

  /// Trains what is not yet trained, compares, and writes `sweep.json`.
  ///
  /// - Parameters:
  ///   - jobs: how many trainings run at once.
  ///   - tell: what to do with each line for the user.
  /// - Throws: a `UserError`, or the failure of a training, after those that had begun.
  func run(jobs: Int, tell: @escaping @Sendable (String) throws -> Void) throws {
    struct Progress {
      var next = 0
      var results: [Int: SweepResult] = [:]
      var failure: (any Error)?
    }
    let progress = Mutex(Progress())
    try tell(
      "\(counted(arms.count, "arm")) on \(counted(seeds.count, "seed")), \(counted(ranks, "rank")) each, in \(directory)"
    )
    DispatchQueue.concurrentPerform(iterations: min(jobs, tasks.count)) { _ in
      while let index = progress.withLock({ state -> Int? in
        guard state.failure == nil, state.next < tasks.count else { return nil }
        defer { state.next += 1 }
        return state.next
      }) {
        do {
          let (result, note) = try train(tasks[index])
          try progress.withLock { state in
            state.results[index] = result
            let values = SweepResult.measures.compactMap { name in
              result.values[name].map { "\(name.replacing("_", with: " ")) " + String(format: "%.4f", $0) }
            }
            try tell(
              "[\(state.results.count)/\(tasks.count)] \(arms[tasks[index].arm].name), seed \(result.seed): "
                + values.prefix(2).joined(separator: ", ") + note)
          }
        } catch {
          progress.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    let (results, failure) = progress.withLock { ($0.results, $0.failure) }
    if let failure { throw failure }
    let byArm = arms.indices.map { arm in
      tasks.indices.filter { tasks[$0].arm == arm }.compactMap { results[$0] }
    }
    let comparison = SweepComparison(arms: zip(arms, byArm).map { ($0, $1) })
    try ReplacementFile.write(
      Array(
        "\(JSON.object([("configuration", .text(configuration)), ("ranks", .integer(ranks))] + comparison.members))\n"
          .utf8), to: "\(directory)/sweep.json")
    for line in comparison.lines { try tell(line) }
  }

  /// Trains, or goes on, or takes what is there.
  private func train(_ task: Task) throws -> (result: SweepResult, note: String) {
    let output = task.job.output
    var job = task.job
    var note = ""
    if RunRecord.isRun(output) {
      let run = try? RunRecord(output)
      if let run, isOf(task, run) {
        if let result = SweepResult(run, seed: task.seed) { return (result, " (done before)") }
        job.arguments = ["--resume", "auto"]
        note = " (gone on with)"
      } else {
        job.arguments = ["--overwrite"]
      }
    } else {
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: output).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
    }
    let run = try job.completed()
    guard let result = SweepResult(run, seed: task.seed) else {
      throw TrainingJobFailure(description: "\(output): has not come to an end")
    }
    return (result, note)
  }

  /// Whether a run is of the task's experiment, and of this program.
  private func isOf(_ task: Task, _ run: RunRecord) -> Bool {
    guard let told = run.manifest?["configuration"],
      run.manifest?["program_sha256"]?.text == Manifest.program,
      let configuration = try? Configuration.parse(told.description, source: run.path)
    else { return false }
    return configuration.experimentRecord.description == task.experiment
  }
}
