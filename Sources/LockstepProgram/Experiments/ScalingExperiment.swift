import DataParallel
import Foundation
import Mistakes
import Records
import Safetensors
import Training

/// Trainings of one experiment on several numbers of ranks, each timed in turn.
struct ScalingExperiment {
  /// A number of ranks with so many threads each.
  struct Point: Hashable {
    var ranks: Int
    var threads: Int
  }

  /// The configuration's file, and changes of it.
  let configuration: String
  let changes: [String]
  /// What is measured, in the order of the table.
  let points: [Point]
  /// Whether the batch grows with the ranks.
  let isWeak: Bool
  let rounds: Int
  let steps: Int
  let hostFile: String?
  /// Where runs and `scaling.json` lie.
  let directory: String
  /// The samples of a batch and its microshards on the fewest ranks.
  let batch: (size: Int, microshards: Int)

  /// Steps that are not timed: the first ones touch memory and fill caches.
  static let warmUpSteps = 3

  /// Plans an experiment.
  ///
  /// - Throws: a `UserError` if the configuration is wrong, at one of the points.
  init(
    configuration: String, changes: [String], ranks: [Int], threads: [Int], isWeak: Bool, rounds: Int,
    steps: Int, hostFile: String?, directory: String
  ) throws {
    (self.configuration, self.changes, self.isWeak) = (configuration, changes, isWeak)
    (self.rounds, self.steps, self.hostFile, self.directory) = (rounds, steps, hostFile, directory)
    points = threads.flatMap { threads in ranks.map { Point(ranks: $0, threads: threads) } }
    let recipe = try Configuration.load(path: configuration, overrides: changes).recipe
    batch = (recipe.batch.size, recipe.batch.microshards)
    for point in points {
      let loaded = try Configuration.load(path: configuration, overrides: overrides(at: point))
      try loaded.recipe.check(source: configuration, ranks: point.ranks)
    }
  }

  /// The changes of the configuration at a point.
  private func overrides(at point: Point) -> [String] {
    let factor = isWeak ? point.ranks : 1
    return changes + [
      "threads=\(point.threads)", "batch.size=\(batch.size * factor)",
      "batch.microshards=\(batch.microshards * factor)", "checkpoint.keep=1",
    ]
  }

  /// Measures all points in turn, round by round, and writes `scaling.json`.
  ///
  /// - Parameter tell: what to do with each line for the user.
  /// - Returns: what was measured.
  func run(tell: (String) throws -> Void) throws -> ScalingTable {
    let name = URL(fileURLWithPath: configuration).lastPathComponent
    try tell(
      "\(name), \(isWeak ? "weak" : "strong") scaling: \(batch.size) samples in \(counted(batch.microshards, "microshard"))"
        + (isWeak ? " a rank" : "")
        + ", \(counted(steps, "step")) timed, \(counted(rounds, "round")), no rank bound to a core")
    var measured: [Point: [ScalingMeasurement]] = [:]
    for round in 1...rounds {
      for point in points {
        let job = TrainingJob(
          configuration: configuration, changes: overrides(at: point), ranks: point.ranks, hostFile: hostFile,
          output: "\(directory)/ranks-\(point.ranks)-threads-\(point.threads)-round-\(round)",
          arguments: ["--overwrite", "--max-steps", "\(Self.warmUpSteps + steps)"])
        let measurement = try ScalingMeasurement(job.completed(), after: Self.warmUpSteps)
        measured[point, default: []].append(measurement)
        try tell(
          "round \(round) of \(rounds): \(counted(point.ranks, "rank")) × \(counted(point.threads, "thread")): "
            + String(format: "%.1f images/s", measurement.imagesPerSecond))
      }
    }
    let cores = hostFile == nil ? ProcessorCount.available : nil
    let table = ScalingTable(
      experiment: self, points: points.map { ($0, measured[$0] ?? []) }, cores: cores)
    try ReplacementFile.write(Array("\(JSON.object(table.members))\n".utf8), to: "\(directory)/scaling.json")
    for line in table.lines { try tell(line) }
    return table
  }
}
