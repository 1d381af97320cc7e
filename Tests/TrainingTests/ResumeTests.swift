import DataParallel
import Execution
import MPI
import Optimizers
import Testing
import Training

extension RanksTests {
  /// A run that was interrupted and goes on elsewhere gives the bits of no interruption.
  @Suite struct ResumeTests {
    private static let experiment = Experiment.lenet { $0.updateRule = AdamW() }

    /// Trains so many steps on all ranks, and returns the checkpoint as it lies on disk.
    private func interrupted(after steps: Int, _ ranks: any Ranks) throws -> Checkpoint {
      try withTemporaryDirectory { directory in
        // All ranks read what the coordinator has written.
        let checkpoints = CheckpointDirectory(path: try ranks.broadcast(directory))
        let trainer = try Trainer(Self.experiment, on: .quick(), ranks: ranks, checkpoints: checkpoints)
        try trainer.run(maxSteps: steps)
        _ = try ranks.minimum(0)
        defer { _ = try? ranks.minimum(0) }
        return try Checkpoint(contentsOf: checkpoints.modelPath(step: steps))
      }
    }

    /// Goes on from a state to the end.
    private func outcome(
      from state: TrainingState, on machine: Machine, _ ranks: any Ranks
    ) throws -> Outcome {
      let recorder = Recorder()
      let trainer = try Trainer(Self.experiment, on: machine, ranks: ranks, observers: [recorder])
      try trainer.restore(state)
      #expect(try trainer.state() == state)
      let end = try trainer.run()
      return Outcome(
        digest: end.digest, steps: recorder.steps, epochs: recorder.epochs, state: try trainer.state())
    }

    @Test(
      "interrupted in or after an epoch, it goes on with other threads and gives the same bits",
      arguments: [1, 2, 3, 5, 6])
    func sameBits(steps: Int) throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        let whole = try Outcome.of(Self.experiment)
        let state = try interrupted(after: steps, ranks).state()
        #expect(state.position.step == steps)
        #expect(state.position.epoch == steps / 3 && state.position.batch == steps % 3)
        var expected = whole
        expected.steps.removeFirst(steps)
        // The metrics of an interrupted epoch are those of all its steps.
        expected.epochs.removeFirst(steps / 3 * 2)
        let found = try outcome(from: state, on: .quick(threads: 2), ranks)
        #expect(found.differences(from: expected) == [])
        // And on one rank, from the files of several.
        #expect(try outcome(from: state, on: .quick(), SingleRank()).differences(from: expected) == [])
      }
    }

    @Test("the control: without slots, buffers, parameters or the position the bits are others")
    func controls() throws {
      let ranks = SingleRank()
      let whole = try Outcome.of(Self.experiment)
      let state = try interrupted(after: 2, ranks).state()
      let beginning = try Trainer(Self.experiment, on: .quick()).state()
      var forgetful: [String: TrainingState] = [:]
      for part in ["slots", "buffers", "parameters", "position"] { forgetful[part] = state }
      forgetful["slots"]?.slots = beginning.slots
      forgetful["position"]?.position = beginning.position
      for part in ["buffers", "parameters"] {
        forgetful[part]?.model = zip(state.model, beginning.model).map { trained, initial in
          trained.name.contains("running") == (part == "buffers") ? initial : trained
        }
      }
      for (part, state) in forgetful {
        let found = try outcome(from: state, on: .quick(), ranks)
        #expect(found.digest != whole.digest && found.epochs != whole.epochs, "\(part)")
      }
    }

    @Test("a trainer can be restored more than once, and goes back to where it was")
    func again() throws {
      let recorder = Recorder()
      let trainer = try Trainer(Self.experiment, on: .quick(), observers: [recorder])
      for _ in 0..<2 { _ = try trainer.takeStep() }
      let state = try trainer.state()
      let first = try trainer.run()
      let steps = recorder.steps
      try trainer.restore(state)
      #expect(try trainer.run().digest == first.digest)
      #expect(recorder.steps == steps + steps)
      #expect(Array(recorder.epochs.prefix(4)) == Array(recorder.epochs.suffix(4)))
    }

    @Test("what does not belong to the experiment is refused by name, and nothing is changed")
    func wrongState() throws {
      let trainer = try Trainer(Self.experiment, on: .quick())
      _ = try trainer.takeStep()
      let before = try trainer.state()
      let momentum = try Trainer(.lenet(), on: .quick()).state()
      for (state, name) in [
        (TrainingState(position: .init(), model: momentum.model, slots: momentum.slots), "exp_avg/0.weight"),
        (TrainingState(position: .init(), model: before.model, slots: []), "exp_avg/0.weight"),
        (
          TrainingState(position: .init(), model: Array(momentum.model.dropLast()), slots: before.slots),
          "15.bias"
        ),
      ] {
        let error = #expect(throws: StateError.self) { try trainer.restore(state) }
        #expect(error?.description.contains("\"\(name)\"") == true, "\(error?.description ?? "")")
        #expect(try trainer.state() == before)
      }
    }
  }
}
