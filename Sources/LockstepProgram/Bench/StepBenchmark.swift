import DataParallel
import Execution
import Foundation
import MPI
import Mistakes
import NeuralNetworks
import Records
import Reports
import Training

/// The time of training steps on fixed random images: forward, backward, sums over ranks, update.
package enum StepBenchmark {
  /// What the command line says.
  struct Options: Sendable {
    /// The configuration's file.
    var configurationPath: String
    /// Changes of the configuration, each `KEY=VALUE`.
    var overrides: [String]
    /// Further changes, each `KEY=VALUE`: the configuration with each of them is timed in turn with the one without.
    var alternatives: [String]
    /// The steps that are timed.
    var stepCount: Int
    /// A file for one JSON object; nil for none.
    var jsonPath: String?
    /// What counts the allocations of a step; nil for nobody.
    var counter: AllocationCounter?
  }

  /// Measures, and prints what was found.
  ///
  /// Every rank must call this, with the same options.
  static func run(_ options: Options, ranks: MPIRanks) throws {
    let (configurations, file): ([(String?, Configuration)], MetricsFile?) = try ranks.agree {
      guard (1...1_000_000).contains(options.stepCount) else {
        throw UserMistake("--steps \(options.stepCount): expected a number of steps from 1 to 1000000")
      }
      let configurations = try ([nil] + options.alternatives).map { change in
        let configuration = try Configuration.load(
          path: options.configurationPath, overrides: options.overrides + (change.map { [$0] } ?? []))
        try configuration.recipe.check(source: options.configurationPath, ranks: ranks.count)
        _ = try configuration.graph(input: try configuration.sampleShape())
        return (change, configuration)
      }
      guard ranks.isCoordinator, let path = options.jsonPath else { return (configurations, nil) }
      return (configurations, try MetricsFile(creating: path, followsLinks: true))
    }
    if configurations.count > 1 {
      let compared = try StepComparison(configurations, stepCount: options.stepCount, ranks: ranks)
      for line in compared.lines { ranks.printOnce(line) }
      for members in compared.members { try file?.write(members) }
    } else {
      let measured = try StepMeasurement(
        configurations[0].1, stepCount: options.stepCount, ranks: ranks, counter: options.counter)
      for line in measured.lines { ranks.printOnce(line) }
      try file?.write(measured.members)
    }
  }
}
