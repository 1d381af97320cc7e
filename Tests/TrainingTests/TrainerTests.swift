import DataParallel
import Datasets
import Execution
import MPI
import NeuralNetworks
import Optimizers
import Records
import Testing
import Training

extension RanksTests {
  /// A trainer made of values gives the bits of one rank on any number of them.
  @Suite struct TrainerTests {
    /// An update rule as an argument of a test.
    enum Rule: CaseIterable {
      case momentum, nesterov, adamW

      var value: any UpdateRule {
        switch self {
        case .momentum: SGD(momentum: 0.9, weightDecay: 1e-3)
        case .nesterov: SGD(momentum: 0.8, isNesterov: true)
        case .adamW: AdamW(weightDecay: 0.1)
        }
      }
    }

    private func experiment(_ rule: Rule) -> Experiment {
      .lenet {
        $0.updateRule = rule.value
        if rule == .adamW { $0.schedule = LearningRateSchedule(baseLearningRate: 0.01) }
      }
    }

    @Test("any number of ranks gives the bits of one, whatever the rule", arguments: Rule.allCases)
    func anyRanks(rule: Rule) throws {
      try MPIEnvironment.withTestWorld { world in
        let expected = try Outcome.of(experiment(rule))
        #expect(expected.steps.count == Experiment.lenetSteps && expected.epochs.count == 4)
        let found = try Outcome.of(experiment(rule), ranks: MPIRanks(world))
        #expect(found.differences(from: expected) == [])
      }
    }

    @Test("the control: statistics of a rank's own samples do depend on the number of ranks")
    func control() throws {
      try MPIEnvironment.withTestWorld { world in
        let experiment = Experiment.lenet { $0.statistics = .rank }
        let expected = try Outcome.of(experiment)
        let found = try Outcome.of(experiment, ranks: MPIRanks(world)).differences(from: expected)
        #expect(found.isEmpty == (world.size == 1), "\(found)")
        if world.size > 1 { #expect(Set(found).isSuperset(of: ["digest", "steps", "epochs", "0.weight"])) }
      }
    }

    @Test("another rule, seed or schedule gives other bits")
    func otherExperiments() throws {
      let outcomes = try [
        experiment(.momentum), experiment(.nesterov), experiment(.adamW), .lenet { $0.seed = 1 },
        .lenet { $0.schedule.baseLearningRate = 0.06 },
      ].map { try Outcome.of($0) }
      #expect(Set(outcomes.map(\.digest)).count == outcomes.count)
    }

    @Test("machines may differ from rank to rank")
    func differentMachines() throws {
      try MPIEnvironment.withTestWorld { world in
        let expected = try Outcome.of(.lenet())
        for overlap in Overlap.allCases {
          let machine =
            world.rank == 1
            ? Machine.quick(threads: 3) {
              $0.logEverySteps = 7
              $0.checkEverySteps = 2
              $0.reduction.bucketByteCount = 1 << 12
              $0.reduction.overlap = overlap
              $0.reduction.ranksPerHost = 1
            } : .quick { $0.checkEverySteps = 3 }
          let found = try Outcome.of(.lenet(), on: machine, ranks: MPIRanks(world))
          #expect(found.differences(from: expected) == [], "\(overlap)")
        }
      }
    }

    @Test("where the ranks must agree, the coordinator's machine counts; the rest stays this rank's")
    func agreedMachine() throws {
      try MPIEnvironment.withTestWorld { world in
        var machine = Machine.quick(threads: 1 + world.rank)
        machine.checkEverySteps = 3 + world.rank
        machine.logEverySteps = 5 + world.rank
        machine.reduction = ReductionOptions(
          bucketByteCount: world.rank == 1 ? nil : 1 << 12, overlap: world.rank == 1 ? .off : .calls,
          ranksPerHost: world.rank == 1 ? 1 : nil)
        let agreed = try Trainer(.lenet(), on: machine, ranks: MPIRanks(world)).machine
        #expect(agreed.threads == 1 + world.rank && agreed.logEverySteps == 5)
        #expect(agreed.checkEverySteps == 3)
        #expect(agreed.reduction.bucketByteCount == 1 << 12 && agreed.reduction.ranksPerHost == nil)
        #expect(agreed.reduction.overlap == machine.reduction.overlap)
      }
    }

    /// What one rank has otherwise, and the key that is told.
    enum Difference: CaseIterable {
      case seed, momentum, rule, learningRate, data, testData, model, order

      var key: String {
        switch self {
        case .seed: "seed"
        case .momentum: "optimizer.momentum"
        case .rule: "optimizer."
        case .learningRate: "optimizer.learning_rate"
        case .data: "data.train.fingerprint"
        case .testData: "data.test.fingerprint"
        case .model: "model.graph"
        case .order: "data.shuffle"
        }
      }

      func change(_ experiment: inout Experiment) {
        switch self {
        case .seed: experiment.recipe.seed = 1
        case .momentum: experiment.recipe.updateRule = SGD(momentum: 0.8, weightDecay: 1e-3)
        case .rule: experiment.recipe.updateRule = AdamW()
        case .learningRate: experiment.recipe.schedule.baseLearningRate = 0.06
        case .data: experiment.trainingData = SyntheticGlyphs.generate(seed: 1, split: .train, count: 40)
        case .testData: experiment.testData = SyntheticGlyphs.generate(seed: 1, split: .test, count: 20)
        case .model: experiment.model = LeNet(classes: 10, pooling: .average)
        case .order: experiment.shuffles = false
        }
      }
    }

    @Test("another experiment on one rank is refused with key, rank and host", arguments: Difference.allCases)
    func differentExperiments(difference: Difference) throws {
      try MPIEnvironment.withTestWorld { world in
        let odd = world.size - 1
        guard odd > 0 else { return }
        var experiment = Experiment.lenet()
        if world.rank == odd { difference.change(&experiment) }
        let ending = try Ending.of { _ = try Trainer(experiment, on: .quick(), ranks: MPIRanks(world)) }
        guard world.rank == odd else {
          #expect(ending == .mistakeElsewhere)
          return
        }
        guard case .mistake(let message) = ending else {
          Issue.record("\(ending)")
          return
        }
        let host = try MPIEnvironment.processorName
        #expect(message.hasPrefix("the experiment: \(difference.key)"), "\(message)")
        #expect(message.contains(": rank \(odd) on \(host) "), "\(message)")
        #expect(message.hasSuffix("; all ranks need the same experiment"), "\(message)")
      }
    }

    @Test("data that a configuration names alike but that differ are refused by their fingerprints")
    func differentDataOfOneName() throws {
      try MPIEnvironment.withTestWorld { world in
        guard world.size > 1 else { return }
        var experiment = Experiment.lenet(seed: world.rank == 1 ? 1 : 0)
        experiment.sections = .init(model: .object([]), data: .object([("path", .text("data/here"))]))
        experiment.dataName = "data/here"
        let ending = try Ending.of { _ = try Trainer(experiment, on: .quick(), ranks: MPIRanks(world)) }
        guard case .mistake(let message) = ending else {
          #expect(ending == .mistakeElsewhere && world.rank != 1)
          return
        }
        #expect(world.rank == 1)
        #expect(message.hasPrefix("data/here: fingerprint of the train split: rank 1 on "), "\(message)")
      }
    }

    @Test("a mistake that all ranks meet is told by one")
    func commonMistake() throws {
      try MPIEnvironment.withTestWorld { world in
        let experiment = Experiment.lenet { $0.epochs = 0 }
        let ending = try Ending.of { _ = try Trainer(experiment, on: .quick(), ranks: MPIRanks(world)) }
        #expect(
          ending == (world.rank == 0 ? .mistake("epochs: found 0, expected at least 1") : .mistakeElsewhere))
      }
    }
  }
}
