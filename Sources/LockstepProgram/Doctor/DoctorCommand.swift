import ArgumentParser
import DataParallel
import Execution
import Foundation
import MPI
import Mistakes
import Records
import Reports
import Training

/// `lockstep doctor`.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract:
      "Look for what would make a training wrong or slow here, on all ranks; status 1 if anything is found.")

  @Option(help: ArgumentHelp("The threads that each rank is to have.", valueName: "n"))
  var threads = 1

  @Option(help: "The directory that runs are to be written into.")
  var output = "."

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads \(threads): expected a number from 1 to 256")
    }
  }

  func run() throws {
    var isWell = true
    try withRanks { ranks in
      let facts = try RankFacts.gathered(ranks, output: output)
      let pairs = try PairSpeed.measured(ranks)
      let sums = try SumCheck.run(ranks)
      let diagnosis = Diagnosis(facts, pairs: pairs, sums: sums, threads: threads)
      isWell = diagnosis.isWell
      if json {
        try ranks.printOnce("\(diagnosis.json)")
      } else {
        for line in diagnosis.lines { try ranks.printOnce(line) }
      }
      // All ranks end with one status, and none of them is a failure that others must hear of.
      if !isWell { throw CommonFailure(message: nil) }
    }
  }
}
