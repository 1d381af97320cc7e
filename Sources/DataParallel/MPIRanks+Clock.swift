import Execution
import MPI

/// What is to be added to a rank's clock to get the coordinator's.
package struct ClockOffset: Hashable, Sendable {
  /// In nanoseconds.
  package var nanoseconds: Int64
  /// By how much it may be wrong at most: half of the time that the quickest question and answer took.
  package var uncertainty: Int64
}

extension MPIRanks {
  /// Compares this rank's clock with the coordinator's: of several questions for the time the one that was answered first
  /// counts, taken to have been answered half-way (Cristian 1989, "Probabilistic clock synchronization", Distributed
  /// Computing 3).
  ///
  /// Every rank must call this.
  ///
  /// - Parameter now: this rank's clock, in nanoseconds.
  /// - Returns: 0 on the coordinator.
  package func clockOffset(_ now: () -> Int64) throws -> ClockOffset {
    try recorder.collective(RankAgreement.exchange.rawValue) {
      var own = ClockOffset(nanoseconds: 0, uncertainty: 0)
      for other in 1..<max(count, 1) {
        if isCoordinator {
          let offset = try askForTime(of: other, now)
          try world.send([offset.nanoseconds, offset.uncertainty].span, to: other)
        } else if rank == other {
          for _ in 0..<Self.questionCount {
            _ = try world.receive(Int64.self, from: 0)
            try world.send([now()].span, to: 0)
          }
          let told = try world.receive(Int64.self, from: 0).values
          own = ClockOffset(nanoseconds: told[0], uncertainty: told[1])
        }
      }
      return own
    }
  }

  /// How often a rank is asked for the time.
  private static var questionCount: Int { 30 }

  private func askForTime(of other: Int, _ now: () -> Int64) throws -> ClockOffset {
    var best = ClockOffset(nanoseconds: 0, uncertainty: .max)
    for _ in 0..<Self.questionCount {
      let asked = now()
      try world.send([Int64(0)].span, to: other)
      let time = try world.receive(Int64.self, from: other).values[0]
      let answered = now()
      let uncertainty = (answered - asked + 1) / 2
      if uncertainty < best.uncertainty {
        best = ClockOffset(nanoseconds: asked + (answered - asked) / 2 - time, uncertainty: uncertainty)
      }
    }
    return best
  }
}
