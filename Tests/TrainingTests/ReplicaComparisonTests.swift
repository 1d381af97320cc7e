import DataParallel
import Datasets
import Execution
import MPI
import NeuralNetworks
import Optimizers
import Testing
import Training

extension RanksTests {
  /// A run ends when the replicas of the ranks are no longer the same.
  @Suite struct ReplicaComparisonTests {
    /// LeNet on few glyphs, compared after 0, 3, 6 … steps.
    private func replica(_ world: Communicator) throws -> Replica {
      let experiment = Experiment.lenet()
      let replica = try Replica(
        experiment.graph(), experiment.recipe, on: .quick(), ranks: MPIRanks(world))
      try replica.executor.initialize(.standard, seed: 1)
      return replica
    }

    /// Takes seven steps, each with an update, and hurts a replica after one; the ending and the steps taken.
    private func run(
      _ replica: Replica, everySteps: Int = 3, after fault: Int? = nil,
      hurt: (Replica) throws -> Void = { _ in }
    ) throws -> (ending: Ending, steps: Int) {
      let images = Experiment.lenet().trainingData
      var steps = 0
      let ending = try Ending.of {
        while steps < 7 {
          // The last of two batches is short and leaves microshards empty.
          let samples = (0..<(steps.isMultiple(of: 2) ? 16 : 3)).map { UInt32($0) }
          _ = try replica.forwardBackward(
            samples[...], of: images, epoch: 0, after: steps, checksReplicas: steps.isMultiple(of: everySteps)
          )
          replica.update(by: SGD(momentum: 0.9), UpdateStep(index: steps, learningRate: 0.1))
          steps += 1
          if steps == fault { try hurt(replica) }
        }
        try replica.requireEqualReplicas(after: steps)
      }
      return (ending, steps)
    }

    /// Flips a high bit of the mantissa of an element of a parameter, in the executor's own memory.
    private func flip(_ name: String, in replica: Replica) {
      replica.executor.forEachParameter { memory in
        guard memory.parameter.path == name else { return }
        memory.values[3] = Float(bitPattern: memory.values[3].bitPattern ^ 1 << 20)
      }
    }

    /// What the message says of the ranks, with the host that all test ranks share.
    private func expected(_ tensor: String, faulty: Int, _ world: Communicator) throws -> String {
      let host = try MPIEnvironment.processorName
      return world.size == 2
        ? "\(tensor) differs among ranks 0 (\(host)) and 1 (\(host));"
        : "\(tensor) on rank \(faulty) (\(host)) differs from every other rank;"
    }

    private func check(_ ending: Ending, _ world: Communicator, begins expected: String) {
      guard case .failure(let message) = ending else {
        Issue.record("rank \(world.rank): \(ending)")
        return
      }
      #expect((message != nil) == (world.rank == 0), "one rank tells it")
      if let message { #expect(message.hasPrefix(expected), "\(message)") }
    }

    @Test("equal replicas go on")
    func equal() throws {
      try MPIEnvironment.withTestWorld { world in
        let (ending, steps) = try run(replica(world), everySteps: 1)
        #expect(ending == .done)
        #expect(steps == 7)
      }
    }

    @Test("a bit of a parameter ends the run at the next check: step, rank and tensor are named")
    func parameter() throws {
      try MPIEnvironment.withTestWorld { world in
        guard world.size > 1 else { return }
        for faulty in 0..<world.size {
          let (ending, steps) = try run(replica(world), after: 4) { replica in
            if world.rank == faulty { flip("9.weight", in: replica) }
          }
          #expect(steps == 6, "checked after 0, 3 and 6 steps")
          // Two further steps have spread the fault into no other replica and into no earlier tensor.
          check(ending, world, begins: "step 6: " + (try expected("9.weight", faulty: faulty, world)))
        }
      }
    }

    @Test("so does a running statistic")
    func runningStatistic() throws {
      try MPIEnvironment.withTestWorld { world in
        guard world.size > 1 else { return }
        let faulty = world.size - 1
        let (ending, steps) = try run(replica(world), after: 2) { replica in
          guard world.rank == faulty else { return }
          try replica.executor.load(
            replica.executor.state().map { tensor in
              guard tensor.name == "5.running_mean", case .floats(var values) = tensor.elements else {
                return tensor
              }
              values[0] += 1
              return StateTensor(name: tensor.name, shape: tensor.shape, floats: values)
            })
        }
        #expect(steps == 3)
        check(ending, world, begins: "step 3: " + (try expected("5.running_mean", faulty: faulty, world)))
      }
    }

    @Test("what no step has checked is found before a checkpoint is written")
    func beforeCheckpoint() throws {
      try MPIEnvironment.withTestWorld { world in
        guard world.size > 1 else { return }
        let (ending, steps) = try run(replica(world), after: 7) { replica in
          if world.rank == 1 { flip("0.weight", in: replica) }
        }
        #expect(steps == 7)
        check(ending, world, begins: "step 7: " + (try expected("0.weight", faulty: 1, world)))
      }
    }
  }
}
