import DataParallel
import Datasets
import Execution
import MPI
import NeuralNetworks
import Optimizers
import Synchronization
import Testing
import Training

extension RanksTests {
  /// A run with steps that are verified gives the same bits, and a faulty gradient ends it.
  @Suite struct VerificationTests {
    /// Layers of 32 channels for Winograd's convolution, a shortcut, and a pooling that is fused.
    private struct Residual: Layer {
      func callAsFunction(_ x: Symbol) -> Symbol {
        let first = Sequential(
          Convolution2D(32, kernel: 3, stride: 2), BatchNorm(), Activation.relu, Pooling2D(.max, kernel: 2))
        let block = ResidualConnection(
          Sequential(
            Convolution2D(32, kernel: 3, padding: 1), BatchNorm(), Activation.relu,
            Convolution2D(32, kernel: 3, padding: 1), BatchNorm()))
        return Sequential(first, block, Activation.relu, GlobalAveragePooling2D(), Flatten(), Linear(10))(x)
      }
    }

    /// What is trained.
    enum Case: CaseIterable {
      case leNet, ghostStatistics, residual, residualGhost, dense, library, bfloat16

      var experiment: Experiment {
        var experiment = Experiment.lenet { recipe in
          switch self {
          case .ghostStatistics, .residualGhost: recipe.statistics = .microshard
          case .library: recipe.collectives = .mpi
          case .bfloat16: recipe.precision = .bfloat16
          default: break
          }
        }
        switch self {
        case .residual, .residualGhost: experiment.model = Residual()
        case .dense: experiment.model = DenseNet(classes: 10, growth: 32, blocks: [2])
        default: break
        }
        return experiment
      }

      static var possible: [Case] {
        allCases.filter { $0 != .bfloat16 || KernelLibrary.supports(.bfloat16) }
      }
    }

    @Test("verified steps leave the bits of a run without them", arguments: Case.possible)
    func sameBits(_ tried: Case) throws {
      try MPIEnvironment.withTestWorld { world in
        let expected = try Outcome.of(
          tried.experiment, ranks: tried == .library ? MPIRanks(world) : SingleRank())
        for (threads, every, overlap) in [(1, 1, nil), (2, 2, Overlap.off), (1, 1, .thread)] {
          let machine = Machine.quick(threads: threads) {
            $0.verifyEverySteps = every
            $0.reduction.overlap = overlap
          }
          let found = try Outcome.of(tried.experiment, on: machine, ranks: MPIRanks(world))
          #expect(found.differences(from: expected) == [], "\(threads) threads")
        }
        let alone = try Outcome.of(tried.experiment, on: .quick { $0.verifyEverySteps = 1 })
        if tried != .library { #expect(alone.differences(from: expected) == []) }
      }
    }

    @Test("the coordinator's steps count")
    func agreed() throws {
      try MPIEnvironment.withTestWorld { world in
        let machine = Machine.quick { $0.verifyEverySteps = world.rank == 0 ? 3 : world.rank == 1 ? nil : 5 }
        let trainer = try Trainer(.lenet(), on: machine, ranks: MPIRanks(world))
        #expect(trainer.machine.verifyEverySteps == 3)
      }
    }

    @Test("what depends on a rank's own statistics cannot be verified")
    func refused() throws {
      let experiment = Experiment.lenet { $0.statistics = .rank }
      let ending = try Ending.of {
        _ = try Trainer(experiment, on: .quick { $0.verifyEverySteps = 5 })
      }
      #expect(
        ending
          == .mistake(
            "verify.every_steps: found 5, but no other rank can recompute a microshard with "
              + "batch_norm.statistics: rank; take global or microshard"))
    }

    // MARK: - Faults

    /// A gradient in which one bit is wrong.
    private final class Fault: Sendable {
      let parameter: String
      /// Whether it happens but once.
      let isTransient: Bool
      private let place = Mutex<Place?>(nil)
      let count = Atomic(0)

      init(_ parameter: String, isTransient: Bool) {
        self.parameter = parameter
        self.isTransient = isTransient
      }

      /// A microshard, or its shadow.
      struct Place: Equatable {
        var microshard: Int
        var isShadow: Bool
      }

      /// Says where it happens once.
      func happens(at place: Place) {
        self.place.withLock { $0 = place }
      }

      func hurt(_ gradient: GradientContribution) {
        guard gradient.parameter == parameter else { return }
        if isTransient {
          let there = Place(microshard: gradient.microshard, isShadow: gradient.isShadow)
          let isThere = place.withLock { place -> Bool in
            guard place == there else { return false }
            place = nil
            return true
          }
          guard isThere else { return }
        }
        count.add(1, ordering: .relaxed)
        gradient.elements[3] = Float(bitPattern: gradient.elements[3].bitPattern ^ 1 << 9)
      }
    }

    /// Takes seven steps, each verified if any is, with a fault on one rank.
    ///
    /// - Parameters:
    ///   - faulty: the rank that computes wrongly; what happens but once happens in the third step.
    ///   - isShadow: whether it happens in the shadow.
    private func run(
      _ world: Communicator, _ fault: Fault, on faulty: (VerificationDraw?) -> Int, isShadow: Bool = false,
      every: Int? = 1, threads: Int = 1, statistics: BatchStatistics = .global
    ) throws -> (ending: Ending, steps: Int, draw: VerificationDraw?) {
      let experiment = Experiment.lenet { $0.statistics = statistics }
      let replica = try Replica(
        experiment.graph(), experiment.recipe, on: .quick(threads: threads) { $0.verifyEverySteps = every },
        ranks: MPIRanks(world))
      try replica.executor.initialize(.standard, seed: 1)
      let images = experiment.trainingData
      var steps = 0
      var draw: VerificationDraw?
      func step() throws {
        let samples: [UInt32] = (0..<(steps.isMultiple(of: 2) ? 16 : 11)).map { UInt32($0) }
        draw = replica.verificationDraw(after: steps, samples: samples.count)
        let isFaulty = world.rank == faulty(draw)
        if fault.isTransient, steps == 2, isFaulty, let draw {
          fault.happens(at: Fault.Place(microshard: draw.microshard, isShadow: isShadow))
        }
        replica.executor.inspectGradient = isFaulty ? { fault.hurt($0) } : nil
        _ = try replica.forwardBackward(samples[...], of: images, epoch: 0, after: steps)
        replica.update(by: SGD(momentum: 0.9), UpdateStep(index: steps, learningRate: 0.1))
        steps += 1
      }
      let ending = try Ending.of { while steps < 7 { try step() } }
      return (ending, steps, draw)
    }

    private func check(_ ending: Ending, _ world: Communicator, tells expected: String) {
      guard case .failure(let message) = ending else {
        Issue.record("rank \(world.rank): \(ending)")
        return
      }
      #expect((message != nil) == (world.rank == 0), "one rank tells it")
      if let message { #expect(message == expected) }
    }

    @Test(
      "a bit that was wrong once ends the run in that step: rank, host and tensor are named",
      arguments: ["0.weight", "4.bias", "9.weight", "15.bias"], [false, true])
    func transient(parameter: String, isShadow: Bool) throws {
      try MPIEnvironment.withTestWorld { world in
        for (threads, statistics) in [(1, BatchStatistics.global), (2, .microshard)] {
          let fault = Fault(parameter, isTransient: true)
          let (ending, steps, draw) = try run(
            world, fault, on: { (isShadow ? $0?.checker : $0?.owner) ?? 0 }, isShadow: isShadow,
            threads: threads,
            statistics: statistics)
          #expect(steps == 2)
          let host = try MPIEnvironment.processorName
          let what = "the gradient of \(parameter) in microshard \(draw?.microshard ?? -1)"
          let blame = "the memory or the processor of \(host) may be faulty"
          let rank = isShadow ? draw?.checker : draw?.owner
          check(
            ending, world,
            tells: "step 3: \(what) "
              + (world.size == 1
                ? "is not the same when it is computed twice: "
                : "as rank \(rank ?? -1) (\(host)) computed it differs from what all ranks find now: ")
              + blame)
        }
      }
    }

    @Test("a rank that is always wrong is found by the majority; of two ranks both are named")
    func permanent() throws {
      try MPIEnvironment.withTestWorld { world in
        let host = try MPIEnvironment.processorName
        for faulty in 0..<world.size {
          let (ending, steps, draw) = try run(
            world, Fault("9.weight", isTransient: false), on: { _ in faulty })
          // A single rank that is always wrong in the same way agrees with itself.
          guard world.size > 1 else {
            #expect(ending == .done)
            continue
          }
          let found = try #require(draw)
          #expect(found.owner == faulty || found.checker == faulty)
          let what = "step \(steps + 1): the gradient of 9.weight in microshard \(found.microshard)"
          let blame = ": the memory or the processor of \(host) may be faulty"
          check(
            ending, world,
            tells: world.size == 2
              ? "\(what) differs between rank \(found.owner) (\(host)) and rank \(found.checker) (\(host)), and computing it "
                + "again does not tell which of them is wrong" + blame
              : "\(what) as rank \(faulty) (\(host)) computed it differs from what \(world.size - 1) of \(world.size) ranks "
                + "find now" + blame)
        }
      }
    }

    @Test("the control: without verification the same fault goes unnoticed")
    func control() throws {
      try MPIEnvironment.withTestWorld { world in
        let fault = Fault("9.weight", isTransient: false)
        let (ending, steps, _) = try run(world, fault, on: { _ in world.size - 1 }, every: nil)
        #expect(ending == .done && steps == 7)
        #expect((fault.count.load(ordering: .relaxed) > 0) == (world.rank == world.size - 1))
      }
    }
  }
}
