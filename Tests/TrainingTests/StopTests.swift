import DataParallel
import Execution
import Foundation
import MPI
import Testing
import Training

extension RanksTests {
  /// A run stops where somebody asks for it, on all ranks together, and leaves no trace when it goes on.
  @Suite struct StopTests {
    @Test("one rank's request stops all after the same step; going on gives the bits of no interruption")
    func oneRank() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        let expected = try Outcome.of(.lenet())
        for stopAfter in [1, 3, 4] {
          let trainer = try Trainer(.lenet(), on: .quick(), ranks: ranks)
          // The last rank alone is asked.
          trainer.stopRequest = {
            world.rank == world.size - 1 && trainer.position.step == stopAfter - 1 ? .terminate : nil
          }
          let end = try trainer.run()
          #expect(end.stopReason == .terminate && end.step == stopAfter)
          let goingOn = try Trainer(.lenet(), on: .quick(threads: 2), ranks: ranks)
          try goingOn.restore(trainer.state())
          #expect(try goingOn.run().digest == expected.digest)
          #expect(try goingOn.state() == expected.state)
        }
      }
    }

    @Test("time that is up stops a run before its last step; a long time does not")
    func minutes() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        let short = try Trainer(.lenet(), on: .quick(), ranks: ranks).run(maxMinutes: 1e-9)
        #expect(short.stopReason == .maxMinutes && short.step == 1)
        let long = try Trainer(.lenet(), on: .quick(), ranks: ranks).run(maxMinutes: 60)
        #expect(long.stopReason == nil && long.step == Experiment.lenetSteps)
      }
    }

    @Test("the state's hash is the same on any ranks and threads, and is told where replicas are compared")
    func stateHashes() throws {
      try MPIEnvironment.withTestWorld { world in
        func hashes(_ ranks: any Ranks, threads: Int) throws -> [UInt64?] {
          let recorder = Recorder()
          let machine = Machine.quick(threads: threads) { $0.checkEverySteps = 2 }
          try Trainer(.lenet(), on: machine, ranks: ranks, observers: [recorder]).run()
          return recorder.events.compactMap { event -> UInt64?? in
            if case .step(let step) = event { .some(step.stateHash) } else { nil }
          }
        }
        let expected = try hashes(SingleRank(), threads: 1)
        #expect(expected.map { $0 != nil } == [false, true, false, true, false, true])
        #expect(
          Set(expected.compactMap { $0 }).count == 3 && expected.compactMap { $0 }.allSatisfy { $0 < 1 << 60 }
        )
        #expect(try hashes(MPIRanks(world), threads: 2) == expected)
      }
    }
  }
}
