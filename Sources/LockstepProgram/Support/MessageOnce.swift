import DataParallel
import Foundation

/// Messages that all ranks come upon alike, before MPI runs, are printed by the first.
enum MessageOnce {
  /// Whether this process is the first rank, or runs without mpirun; known from the launcher.
  static var isFirstRank: Bool {
    let environment = ProcessInfo.processInfo.environment
    let rank = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"].lazy.compactMap {
      environment[$0]
    }.first
    return rank == nil || rank == "0"
  }

  /// Writes one line on standard error.
  static func write(_ message: String) {
    if isFirstRank { printOnStandardError(message) }
  }

  /// Ends with a mistake of the user that all ranks come upon alike, before MPI runs.
  ///
  /// The others end without a complaint: a launcher that hears one ends all ranks at once, perhaps before the
  /// first has spoken.
  static func end(mistake message: String) -> Never {
    guard isFirstRank else { exit(ExitStatus.done) }
    write(message)
    exit(ExitStatus.mistake)
  }
}
