import DataParallel
import Execution
import Foundation
import Mistakes
import NeuralNetworks
import Training

extension TrainingRun {
  /// Requires that the faults of the command line can happen to a model.
  ///
  /// - Throws: `UserMistake` if a fault names a tensor that is not there or, in a run that begins, a rank.
  static func checkFaults(_ options: Options, _ graph: Graph, ranks: any Ranks) throws(UserMistake) {
    for fault in options.faults {
      // A run may go on with fewer ranks; what was to happen to the others does not happen.
      if fault.rank >= ranks.count, case .never = options.resume {
        throw UserMistake(
          "--inject \(fault.text): rank=\(fault.rank): expected 0 to \(ranks.count - 1), the ranks of the run"
        )
      }
      guard let tensor = fault.tensor, !graph.parameters.contains(where: { $0.path == tensor }) else {
        continue
      }
      let names = graph.parameters.map(\.path)
      let known = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
      throw UserMistake(
        "--inject \(fault.text): tensor=\(tensor): the model has none of that name; it has \(known)")
    }
  }

  /// Makes a run's faults ready; nil for none.
  ///
  /// Every rank must call this, once the output directory is the run's.
  static func faults(
    _ options: Options, _ output: OutputDirectory, ranks: any Ranks
  ) throws -> FaultInjector? {
    guard !options.faults.isEmpty else { return nil }
    let notes =
      ranks.isCoordinator
      ? FileManager.default.contents(atPath: output.injectedPath).map { String(decoding: $0, as: UTF8.self) }
      : nil
    return FaultInjector(
      options.faults, notes: try ranks.broadcast(notes ?? ""), notesPath: output.injectedPath, ranks: ranks,
      say: printOnStandardError)
  }
}
