import DataParallel
import Execution
import MPI
import Mistakes
import Optimizers
import Records
import Safetensors
import Testing
import Training

extension RanksTests {
  /// Weights in, some of them frozen: the same bits on any ranks, interrupted or not; what does not fit is told.
  @Suite struct FineTuningTests {
    /// The weights of a LeNet with another seed, trained for a step.
    private static let weights = Result {
      let trainer = try Trainer(.lenet(seed: 3), on: .quick())
      _ = try trainer.takeStep()
      return TensorFile(tensors: try trainer.state().model.map { ($0.name, Tensor($0)) })
    }

    private static func experiment(
      _ file: TensorFile, _ change: (inout FineTuning) -> Void = { _ in }
    ) -> Experiment {
      .lenet {
        $0.updateRule = AdamW()
        $0.fineTuning.initialWeights = Tensor.digest(of: file.tensors)
        $0.fineTuning.frozen = ["0", "1", "4.weight"]
        $0.fineTuning.reset = ["15", "13"]
        $0.fineTuning.rates = [FineTuning.Rate("15", factor: 10), FineTuning.Rate("9", factor: 0.5)]
        change(&$0.fineTuning)
      }
    }

    /// Trains to the end; only the coordinator has the file.
    private func outcome(_ experiment: Experiment, _ file: TensorFile, _ ranks: any Ranks) throws -> Outcome {
      let recorder = Recorder()
      let trainer = try Trainer(experiment, on: .quick(), ranks: ranks, observers: [recorder])
      try trainer.begin(fromCoordinator: ranks.isCoordinator ? file : nil)
      let end = try trainer.run()
      return Outcome(
        digest: end.digest, steps: recorder.steps, epochs: recorder.epochs, state: try trainer.state())
    }

    @Test("the ranks show in no bit", arguments: [false, true])
    func ranks(freezesStatistics: Bool) throws {
      let file = try Self.weights.get()
      let experiment = Self.experiment(file) { $0.freezesStatistics = freezesStatistics }
      let alone = try outcome(experiment, file, SingleRank())
      try MPIEnvironment.withTestWorld { world in
        let found = try outcome(experiment, file, MPIRanks(world))
        #expect(found.differences(from: alone) == [])
      }
      // The controls: each part of it changes the result.
      let others: [(inout FineTuning) -> Void] = [
        { $0.frozen = ["0", "1"] }, { $0.reset = ["15"] }, { $0.rates.removeLast() },
        { $0.freezesStatistics = !freezesStatistics },
      ]
      for change in others {
        let other = Self.experiment(file) {
          $0.freezesStatistics = freezesStatistics
          change(&$0)
        }
        #expect(try outcome(other, file, SingleRank()).digest != alone.digest)
      }
    }

    @Test("what is reset begins as without weights, all else as in the file")
    func beginning() throws {
      let file = try Self.weights.get()
      let trainer = try Trainer(Self.experiment(file), on: .quick())
      let fresh = try trainer.state()
      let told = try trainer.begin(with: file)
      for (tensor, before) in zip(try trainer.state().model, fresh.model) {
        let isReset = tensor.name.hasPrefix("13.") || tensor.name.hasPrefix("15.")
        #expect(isReset ? tensor == before : Tensor(tensor) == file[tensor.name], "\(tensor.name)")
      }
      #expect(told.reset == fresh.model.map(\.name).filter { $0.hasPrefix("13.") || $0.hasPrefix("15.") })
      #expect(told.loaded.count + told.reset.count == fresh.model.count)
    }

    @Test(
      "the prefix that a wrapper of PyTorch puts before all names is taken off",
      arguments: ["module.", "_orig_mod."])
    func wrapped(prefix: String) throws {
      let file = try Self.weights.get()
      let plain = try Trainer(Self.experiment(file), on: .quick())
      try plain.begin(with: file)
      let wrapped = file.renamed { prefix + $0 }
      let trainer = try Trainer(Self.experiment(wrapped), on: .quick())
      #expect(try trainer.begin(with: wrapped).leftOut == [])
      #expect(try trainer.state() == plain.state())
    }

    @Test("a resumed run needs no file, has the bits of no interruption, and keeps the digest")
    func resumed() throws {
      let file = try Self.weights.get()
      let experiment = Self.experiment(file)
      let whole = try outcome(experiment, file, SingleRank())
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        try withTemporaryDirectory { directory in
          let checkpoints = CheckpointDirectory(path: try ranks.broadcast(directory))
          let first = try Trainer(experiment, on: .quick(), ranks: ranks, checkpoints: checkpoints)
          try first.begin(fromCoordinator: ranks.isCoordinator ? file : nil)
          try first.run(maxSteps: 2)
          let checkpoint =
            ranks.isCoordinator ? try Checkpoint(contentsOf: checkpoints.modelPath(step: 2)) : nil
          let second = try Trainer(
            Self.experiment(file) { $0.initialWeights = nil }, on: .quick(), ranks: ranks,
            checkpoints: checkpoints)
          try second.restore(fromCoordinator: checkpoint)
          #expect(second.experiment.recipe.fineTuning == experiment.recipe.fineTuning)
          #expect(try second.run().digest == whole.digest)
          guard ranks.isCoordinator, let checkpoint else { return }
          // And it is told that again.
          let last = try Checkpoint(contentsOf: checkpoints.modelPath(step: 6))
          let key = "lockstep.experiment"
          #expect(last.model.metadata[key] == checkpoint.model.metadata[key])
          for (change, words) in [
            ({ $0.initialWeights = String(repeating: "0", count: 64) }, "model.initial_weights"),
            (
              {
                $0.initialWeights = nil; $0.frozen = ["0"]
              }, "model.freeze"
            ),
            (
              {
                $0.initialWeights = nil; $0.reset = []
              }, "model.reset"
            ),
            (
              {
                $0.initialWeights = nil; $0.rates = []
              }, "optimizer.rates.15"
            ),
            (
              {
                $0.initialWeights = nil; $0.freezesStatistics = true
              }, "model.freeze_statistics"
            ),
          ] as [((inout FineTuning) -> Void, String)] {
            let other = try Trainer(Self.experiment(file, change), on: .quick())
            let error = #expect(throws: UserMistake.self) { try other.restore(checkpoint) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
          }
        }
      }
    }

    @Test("a run without any of it has the record of before")
    func oldRecord() throws {
      let text = try Experiment.lenet().record().description
      for word in ["freeze", "reset", "rates", "initial_weights"] { #expect(!text.contains(word)) }
    }

    @Test("a file that does not fit is refused with one line, and nothing is changed")
    func wrongFiles() throws {
      let file = try Self.weights.get()
      func changed(_ change: (inout TensorFile) -> Void) -> TensorFile {
        var file = file
        change(&file)
        return file
      }
      for (file, words) in [
        (changed { $0["4.weight"] = nil }, ["\"4.weight\" [16, 6, 5, 5] is missing", "model.reset"]),
        (
          changed { $0["12.bias"] = Tensor([Float](repeating: 0, count: 5)) },
          ["\"12.bias\" has shape [5], but the model needs [84]"]
        ),
        (
          changed { $0["12.bias"] = Tensor([Double](repeating: 0, count: 84)) },
          ["\"12.bias\" is F64 [84]", "F32"]
        ),
        (changed { $0["12.bias"] = Tensor([Float](repeating: .nan, count: 84)) }, ["12.bias", "finite"]),
        (
          TensorFile(tensors: [("conv1.weight", Tensor([Float(1)]))]),
          ["\"0.weight\" [6, 1, 5, 5] is missing", "another model", "\"conv1.weight\""]
        ),
      ] as [(TensorFile, [String])] {
        let trainer = try Trainer(Self.experiment(file), on: .quick())
        let before = try trainer.state()
        let error = #expect(throws: UserMistake.self) { try trainer.begin(with: file) }
        let text = error?.description ?? ""
        #expect(words.allSatisfy(text.contains) && !text.contains("\n"), "\(text)")
        #expect(try trainer.state() == before)
      }
      let trainer = try Trainer(Self.experiment(file), on: .quick())
      let error = #expect(throws: UserMistake.self) {
        try trainer.begin(with: changed { $0["15.bias"] = Tensor([Float](repeating: 1, count: 10)) })
      }
      #expect(error?.description.contains("digest") == true)
    }

    @Test("what was loaded, left out or has another shape is listed")
    func lines() throws {
      var file = try Self.weights.get()
      file["15.weight"] = Tensor([Float](repeating: 1, count: 84 * 3), shape: [3, 84])
      file["head.extra"] = Tensor([Float(1)])
      file["1.num_batches_tracked"] = nil
      let trainer = try Trainer(Self.experiment(file) { $0.reset = ["15"] }, on: .quick())
      let lines = try trainer.begin(with: file).lines
      #expect(lines.count == 5)
      #expect(lines[0] == "initial weights: 27 of 30 tensors from tensors in memory")
      #expect(lines[1].contains("15.weight, 15.bias"))
      #expect(lines[2].contains("15.weight has [3, 84] there, [10, 84] here"))
      #expect(lines[3].contains("1.num_batches_tracked"))
      #expect(lines[4].contains("head.extra"))
    }

    @Test("prefixes that stand for nothing, and what contradicts itself, are refused")
    func wrongPrefixes() throws {
      for (change, words) in [
        ({ $0.frozen = ["layer1"] }, ["model.freeze", "layer1", "0, 0.weight"]),
        ({ $0.reset = ["16"] }, ["model.reset", "16"]),
        ({ $0.rates = [FineTuning.Rate("fc", factor: 1)] }, ["optimizer.rates", "fc"]),
        ({ $0.rates = [FineTuning.Rate("15", factor: 0)] }, ["optimizer.rates.15", "greater than 0"]),
        ({ $0.frozen = ["0", "1", "4", "5", "9", "10", "12", "13", "15"] }, ["model.freeze", "all 18"]),
        ({ $0.frozen = ["15"] }, ["optimizer.rates", "15", "frozen"]),
        ({ ($0.frozen, $0.freezesStatistics) = ([], true) }, ["model.freeze_statistics"]),
      ] as [((inout FineTuning) -> Void, [String])] {
        let experiment = Self.experiment(try Self.weights.get(), change)
        let error = #expect(throws: UserMistake.self) { try Trainer(experiment, on: .quick()) }
        let text = error?.description ?? ""
        #expect(words.allSatisfy(text.contains) && !text.contains("\n"), "\(text)")
      }
    }
  }
}
