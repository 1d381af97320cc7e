import Execution
import Foundation
public import MPI
import Mistakes
import NeuralNetworks
package import Records
import Reports

/// The time of training steps on fixed random images: forward, backward, sums over ranks, update.
public enum StepBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The configuration's file.
    public var configurationPath: String
    /// Changes of the configuration, each `KEY=VALUE`.
    public var overrides: [String]
    /// Further changes, each `KEY=VALUE`: the configuration with each of them is timed in turn with the one without.
    public var alternatives: [String]
    /// The steps that are timed.
    public var stepCount: Int
    /// A file for one JSON object; nil for none.
    public var jsonPath: String?

    /// Names the options.
    public init(
      configurationPath: String, overrides: [String] = [], alternatives: [String] = [], stepCount: Int = 10,
      jsonPath: String? = nil
    ) {
      self.configurationPath = configurationPath
      self.overrides = overrides
      self.alternatives = alternatives
      self.stepCount = stepCount
      self.jsonPath = jsonPath
    }
  }

  /// Measures, and prints what was found.
  ///
  /// Every rank must call this, with the same options.
  public static func run(_ options: Options, world: Communicator) throws -> Outcome {
    var prepared: ([(String?, Configuration)], MetricsFile?)?
    let outcome = try Outcome.of {
      prepared = try world.agree {
        guard (1...1_000_000).contains(options.stepCount) else {
          throw UserMistake("--steps \(options.stepCount): expected a number of steps from 1 to 1000000")
        }
        let configurations = try ([nil] + options.alternatives).map { change in
          let configuration = try Configuration.load(
            path: options.configurationPath, overrides: options.overrides + (change.map { [$0] } ?? []))
          try Replica.check(configuration, source: options.configurationPath, ranks: world.size)
          _ = try configuration.graph(input: configuration.imageShape)
          return (change, configuration)
        }
        guard world.rank == 0, let path = options.jsonPath else { return (configurations, nil) }
        do {
          return (configurations, try MetricsFile(creating: path))
        } catch {
          throw UserMistake("--json \(error)")
        }
      }
    }
    guard case .done = outcome, let (configurations, file) = prepared else { return outcome }
    let console = ConsoleReport(isSilent: world.rank != 0)
    if configurations.count > 1 {
      let compared = try StepComparison(configurations, stepCount: options.stepCount, world: world)
      for line in compared.lines { console.line(line) }
      for members in compared.members { try file?.write(members) }
    } else {
      let measured = try StepMeasurement(
        configurations[0].1, stepCount: options.stepCount, world: world)
      for line in measured.lines { console.line(line) }
      try file?.write(measured.members)
    }
    return outcome
  }
}
