import Execution
import Foundation
import Testing

extension EndToEndTests {
  /// The promise: the number of ranks changes the speed, never the result.
  @Suite struct SameBitsTests {
    /// One rank with one thread, each trained once for all tests.
    private static let globalReference = Result { try Bits(ranks: 1) }
    private static let microshardReference = Result { try Bits(ranks: 1, microshardStatistics) }
    private static let microshardStatistics = ["--set", "batch_norm.statistics=microshard"]

    @Test("ranks and threads do not change a bit", arguments: [1, 2, 3, 4], [1, 2])
    func ranksAndThreads(ranks: Int, threads: Int) throws {
      let reference = try Self.globalReference.get()
      #expect(reference.losses.count == SmallRun.epochs * (SmallRun.stepsPerEpoch + 1))
      #expect(reference.evaluations.count == 2 * SmallRun.epochs)
      #expect(try Bits(ranks: ranks, ["--set", "threads=\(threads)"]) == reference)
    }

    @Test("nor does a start without mpirun")
    func withoutLauncher() throws {
      #expect(try Bits(ranks: nil) == Self.globalReference.get())
    }

    @Test("nor do the buckets of gradients", arguments: [(1, 4), (3, 4), (2, 5_000), (3, (1 << 31) - 1)])
    func buckets(ranks: Int, byteCount: Int) throws {
      let bits = try Bits(ranks: ranks, ["--set", "reduction.bucket_bytes=\(byteCount)"])
      #expect(bits == (try Self.globalReference.get()))
    }

    @Test(
      "nor do hosts and what goes on while ranks compute", arguments: [(2, 1), (3, 2), (4, 2)],
      ["off", "calls", "thread"])
    func hosts(ranks: (count: Int, perHost: Int), overlap: String) throws {
      let bits = try Bits(
        ranks: ranks.count,
        ["--set", "reduction.ranks_per_host=\(ranks.perHost)", "--set", "reduction.overlap=\(overlap)"])
      #expect(bits == (try Self.globalReference.get()))
    }

    @Test("sums by MPI_Allreduce train as well, but the ranks show")
    func library() throws {
      let arguments = ["--set", "collectives=mpi"]
      let reference = try Self.globalReference.get()
      let (one, three) = (try Bits(ranks: 1, arguments), try Bits(ranks: 3, arguments))
      #expect(one == reference, "one rank sums along the tree")
      #expect(three.digest != reference.digest)
      let found = try #require(Double(three.losses[0]))
      let expected = try #require(Double(reference.losses[0]))
      #expect(abs(found - expected) < 1e-5 * expected)
    }

    @Test(
      "with batch norm over microshards, too, ranks and threads do not change a bit", arguments: [2, 3, 4])
    func microshardStatistics(ranks: Int) throws {
      let bits = try Bits(ranks: ranks, Self.microshardStatistics + ["--set", "threads=2"])
      #expect(bits == (try Self.microshardReference.get()))
      #expect(bits.digest != (try Self.globalReference.get().digest), "another normalization, another result")
    }

    @Test("batch norm over ranks makes the ranks show, which the comparisons above would notice")
    func rankStatistics() throws {
      let arguments = ["--set", "batch_norm.statistics=rank"]
      let (one, two) = (try Bits(ranks: 1, arguments), try Bits(ranks: 2, arguments))
      #expect(
        one.losses[0] != two.losses[0] && one.evaluations != two.evaluations && one.digest != two.digest)
      #expect(try Bits(ranks: 2, arguments) == two)
    }

    @Test("what makes the ranks show is warned of, once")
    func warnings() throws {
      try withTemporaryDirectory { directory in
        func errors(_ change: String) throws -> [String] {
          let arguments = ["--set", change, "--max-steps", "1"]
          let ending = try Program.run(
            ranks: 3, ["train"] + SmallRun.arguments + arguments + ["--output", change], in: directory
          )
          #expect(ending.status == 0)
          return ending.errorLines
        }
        for (change, text) in [
          ("batch_norm.statistics=rank", "batch_norm.statistics: rank makes"),
          ("collectives=mpi", "collectives: mpi makes"),
        ] {
          let warning = try errors(change)
          #expect(warning.count == 1)
          #expect(warning.first?.hasPrefix("lockstep: warning: " + text) == true)
        }
        #expect(try errors("batch_norm.statistics=global") == [])
        #expect(try errors("batch_norm.statistics=microshard") == [])
      }
    }

    /// Residual and dense networks on few images of 28 pixels, with random crops.
    private static let networks = ["resnet18", "densenet"].map { name in
      let model = name == "densenet" ? "{name: densenet, stem: small}" : "{name: \(name)}"
      return [
        "--set", "model=\(model)", "--set", "data.train_samples=45", "--set", "data.test_samples=20",
        "--set", "batch={size: 16, microshards: 8}", "--set", "epochs=1",
        "--set", "data.augment={crop_padding: 2, flip: true}",
      ]
    }
    private static let networkReferences = networks.map { network in Result { try Bits(ranks: 1, network) } }

    @Test(
      "nor do they with residual and dense networks and random crops", arguments: [0, 1], [2, 3, 4, 8])
    func networks(network: Int, ranks: Int) throws {
      let reference = try Self.networkReferences[network].get()
      #expect(reference.losses.count == 4)
      #expect(try Bits(ranks: ranks, Self.networks[network]) == reference)
    }

    private static let bfloat16 = ["--set", "precision=bfloat16"]
    /// Residual, dense, and the small run of LeNet.
    private static let bfloat16Runs = (networks + [[]]).map { $0 + bfloat16 }
    private static let bfloat16References = bfloat16Runs.map { run in Result { try Bits(ranks: 1, run) } }

    @Test(
      "nor do they with values in bfloat16",
      .enabled(if: KernelLibrary.supports(.bfloat16), "needs AVX-512 BF16 or AMX"),
      arguments: [0, 1, 2], [(2, 1), (3, 2), (4, 1)])
    func bfloat16(network: Int, start: (ranks: Int, threads: Int)) throws {
      let reference = try Self.bfloat16References[network].get()
      let arguments = Self.bfloat16Runs[network] + ["--set", "threads=\(start.threads)"]
      #expect(try Bits(ranks: start.ranks, arguments) == reference)
      let single = network == 2 ? Self.globalReference : Self.networkReferences[network]
      #expect(try single.get().digest != reference.digest, "another precision, another result")
    }

    private static let rules = [
      "optimizer={name: adamw, learning_rate: 0.002}",
      "optimizer={name: adamw, learning_rate: 0.002, betas: [0.8, 0.9], weight_decay: 0.1, decay: weights}",
      "optimizer={learning_rate: 0.1, momentum: 0.9, nesterov: true}",
    ].map { ["--set", $0] }
    private static let ruleReferences = rules.map { rule in Result { try Bits(ranks: 1, rule) } }

    @Test("nor do they with other update rules", arguments: [0, 1, 2], [(2, 1), (3, 2), (4, 1)])
    func updateRules(rule: Int, start: (ranks: Int, threads: Int)) throws {
      let references = try Self.ruleReferences.map { try $0.get() }
      let bits = try Bits(ranks: start.ranks, Self.rules[rule] + ["--set", "threads=\(start.threads)"])
      #expect(bits == references[rule])
      let others = references.indices.filter { $0 != rule }.map { references[$0].digest }
      #expect(!others.contains(bits.digest), "another rule, another result")
      #expect(try bits.learns)
    }

    private static let squared = [
      "--set", "loss.name=squared", "--set", "optimizer={learning_rate: 0.01}",
    ]
    private static let squaredReference = Result { try Bits(ranks: 1, squared) }

    @Test("nor do they with the squared loss", arguments: [(1, 2), (2, 1), (3, 1)])
    func squaredLoss(ranks: Int, threads: Int) throws {
      let reference = try Self.squaredReference.get()
      #expect(try Bits(ranks: ranks, Self.squared + ["--set", "threads=\(threads)"]) == reference)
      #expect(try reference.learns)
      #expect(try Self.globalReference.get().digest != reference.digest, "another loss, another result")
    }

    @Test("random crops do change the result")
    func augmentation() throws {
      let plain = try Bits(ranks: 1, Self.networks[0] + ["--set", "data.augment={flip: false}"])
      #expect(try plain.digest != Self.networkReferences[0].get().digest)
    }

    @Test("another seed gives another result")
    func seed() throws {
      let (one, other) = (try Self.globalReference.get(), try Bits(ranks: 2, ["--set", "seed=1"]))
      #expect(one.losses[0] != other.losses[0] && one.digest != other.digest)
    }
  }
}
