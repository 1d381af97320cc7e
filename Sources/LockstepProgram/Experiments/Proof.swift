import DataParallel
import Foundation
import Mistakes
import Reports
import Training

/// Trainings of one experiment on different ranks, threads and buckets, of which one is killed and goes on: all must end with
/// the same digest, and one of another seed with another.
struct Proof {
  /// The configuration's file.
  let configuration: String
  /// Changes of it, each `KEY=VALUE`.
  let changes: [String]
  /// The steps of each training, ≥ 4.
  let steps: Int
  /// The largest number of ranks, ≥ 2.
  let mostRanks: Int
  /// A directory for the runs, which is made.
  let directory: String

  /// A way to train.
  struct Way {
    var ranks: Int
    var threads: Int
    /// The size of a bucket, as text; nil for the measured one.
    var bucket: (text: String, bytes: Int)?
    /// What else is done, in words and as changes of the configuration.
    var otherwise = ""
    var changes: [String] = []
    /// Whether a rank is killed, and the run goes on afterwards on another number of ranks.
    var isKilled = false
  }

  /// The ways that must lead to one digest, the reference first.
  var ways: [Way] {
    var ways = [Way(ranks: 1, threads: 1)]
    let buckets = [("4 KiB", 4096), ("1 MiB", 1 << 20)]
    for ranks in 1...mostRanks {
      for threads in [1, 2] {
        for bucket in buckets { ways.append(Way(ranks: ranks, threads: threads, bucket: bucket)) }
      }
    }
    ways += [
      Way(ranks: 2, threads: 1, otherwise: "sums not overlapped", changes: ["reduction.overlap=off"]),
      Way(ranks: 2, threads: 1, otherwise: "sums by a thread", changes: ["reduction.overlap=thread"]),
      Way(
        ranks: mostRanks, threads: 1, otherwise: "each rank as a host of its own",
        changes: ["reduction.ranks_per_host=1"]),
      Way(
        ranks: 2, threads: 1, otherwise: "rank 1 killed, resumed on \(Self.ranksAfterDeath)", isKilled: true),
    ]
    return ways
  }

  private static let ranksAfterDeath = 3

  /// Trains in all ways.
  ///
  /// - Parameter tell: what to do with each line of the table.
  /// - Returns: whether all digests are the same, and the control's is another one.
  func run(tell: (String) throws -> Void) throws -> Bool {
    let ways = ways
    let name = URL(fileURLWithPath: configuration).lastPathComponent
    try tell("\(name): \(counted(steps, "step")), trained in \(ways.count) ways")
    try tell("ranks  threads  buckets   " + Self.padded("otherwise", 34) + "digest            seconds")
    var reference: String?
    var others = 0
    for (index, way) in ways.enumerated() {
      let began = ContinuousClock.now
      let digest = try digest(way, output: "\(directory)/\(index)")
      let expected = reference ?? digest
      reference = expected
      if digest != expected { others += 1 }
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      try tell(
        String(format: "%5d  %7d  ", way.ranks, way.threads)
          + Self.padded(way.bucket?.text ?? "measured", 10) + Self.padded(way.otherwise, 34)
          + "\(digest.prefix(16))" + String(format: "  %7.1f", seconds)
          + (digest == expected ? "" : "  ANOTHER DIGEST"))
    }
    let control = try job(
      Way(ranks: 1, threads: 1), output: "\(directory)/control", ["seed=\(try otherSeed)"]
    )
    .completed().digest
    let controlDiffers = control != reference
    try tell(
      controlDiffers
        ? "control: with another seed the digest is another one, \(control?.prefix(16) ?? "none")"
        : "THE CONTROL FAILED: with another seed the digest is the same, so that this proves nothing")
    try tell(others == 0 ? "all equal" : "NOT EQUAL: \(others) of \(ways.count) digests are others")
    return others == 0 && controlDiffers
  }

  private var otherSeed: Int {
    get throws {
      try Configuration.load(path: configuration, overrides: changes).recipe.seed == 1 ? 2 : 1
    }
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func job(_ way: Way, output: String, _ further: [String] = []) -> TrainingJob {
    let bucket = way.bucket.map { ["reduction.bucket_bytes=\($0.bytes)"] } ?? []
    return TrainingJob(
      configuration: configuration,
      changes: changes + ["threads=\(way.threads)"] + bucket + way.changes + further, ranks: way.ranks,
      output: output, arguments: ["--max-steps", "\(steps)"])
  }

  /// The digest that a way leads to.
  private func digest(_ way: Way, output: String) throws -> String {
    var job = job(way, output: output, way.isKilled ? ["checkpoint.every_steps=\(steps / 3)"] : [])
    if way.isKilled {
      let step = steps / 3 + 2
      var killed = job
      killed.arguments += ["--inject", "kill:rank=1,step=\(step)"]
      let ending = try killed.run()
      // Only the drill's own end counts: any other failure would be taken for it.
      guard ending.status == ExitStatus.failure, ending.messages.contains("signal 9") else {
        throw killed.failure(ending)
      }
      job.ranks = Self.ranksAfterDeath
      job.arguments += ["--resume", "auto"]
    }
    guard let digest = try job.completed().digest else {
      throw TrainingJobFailure(description: "\(output): has not come to an end")
    }
    return digest
  }
}
