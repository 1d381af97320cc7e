import DataParallel
import Datasets
import Execution
import Foundation
import MPI
import Mistakes
import Optimizers
import Records
import Safetensors
import Testing
import Training

/// The files of a directory, by name.
private func files(in directory: String) throws -> [String: Data] {
  let names = try FileManager.default.contentsOfDirectory(atPath: directory)
  return Dictionary(
    uniqueKeysWithValues: try names.map {
      ($0, try Data(contentsOf: URL(fileURLWithPath: directory + "/" + $0)))
    })
}

/// The files that a run leaves in its directory on this rank, none on ranks but the coordinator.
func checkpointFiles(
  _ experiment: Experiment, on machine: Machine = .quick(), ranks: any Ranks = SingleRank(),
  maxSteps: Int? = nil
) throws -> [String: Data] {
  try withTemporaryDirectory { directory in
    try Trainer(
      experiment, on: machine, ranks: ranks, checkpoints: CheckpointDirectory(path: directory)
    ).run(maxSteps: maxSteps)
    return try files(in: directory)
  }
}

extension RanksTests {
  @Suite struct CheckpointTests {
    @Test("the coordinator writes one after each epoch and at the end, and latest names the newest")
    func whichFiles() throws {
      try MPIEnvironment.withTestWorld { world in
        let files = try checkpointFiles(.lenet(), ranks: MPIRanks(world), maxSteps: 5)
        guard world.rank == 0 else {
          #expect(files.isEmpty)
          return
        }
        let names = ["step-00000003", "step-00000005"].flatMap { [$0 + ".safetensors", $0 + ".state"] }
        #expect(Set(files.keys) == Set(names + ["latest", "best"]))
        #expect(files["best"] == Data("step-00000003.safetensors\n".utf8))
        #expect(files["latest"] == Data("step-00000005.safetensors\n".utf8))
      }
    }

    @Test("they hold no more and no less than the state, and the model's digest")
    func contents() throws {
      try MPIEnvironment.withTestWorld { world in
        let ranks = try MPIRanks(world)
        try withTemporaryDirectory { directory in
          let checkpoints = CheckpointDirectory(path: directory)
          let trainer = try Trainer(.lenet(), on: .quick(), ranks: ranks, checkpoints: checkpoints)
          let end = try trainer.run(maxSteps: 5)
          #expect(end.checkpointPath == checkpoints.modelPath(step: 5))
          #expect(try trainer.digest() == end.digest)
          guard ranks.isCoordinator else { return }
          #expect(try checkpoints.latestPath() == end.checkpointPath)
          let checkpoint = try Checkpoint(contentsOf: checkpoints.modelPath(step: 5))
          #expect(try checkpoint.state() == trainer.state())
          #expect(checkpoint.digest == end.digest)
          #expect(checkpoint.model.tensors.map(\.name).contains("1.num_batches_tracked"))
          #expect(checkpoint.slots?.tensors.first?.name == "momentum_buffer/0.weight")
        }
      }
    }

    @Test("their bytes depend on no rank, thread, log, check, bucket or overlap, and on the seed")
    func bytes() throws {
      try MPIEnvironment.withTestWorld { world in
        let expected = try checkpointFiles(.lenet())
        #expect(expected.count == 6)
        let machines: [Machine] = [
          .quick(), .quick(threads: 2), .quick { $0.logEverySteps = 1 }, .quick { $0.checkEverySteps = 1 },
          .quick { $0.reduction.bucketByteCount = 4 }, .quick { $0.reduction.overlap = .off },
          .quick { $0.reduction.overlap = .thread }, .quick { $0.reduction.ranksPerHost = 1 },
        ]
        for machine in machines {
          let files = try checkpointFiles(.lenet(), on: machine, ranks: MPIRanks(world))
          #expect((world.rank == 0 ? expected : [:]) == files, "\(machine)")
        }
        let other = try checkpointFiles(.lenet { $0.seed = 1 })
        #expect(Set(other.keys) == Set(expected.keys))
        for name in other.keys {
          #expect((other[name] == expected[name]) == ["latest", "best"].contains(name), "\(name)")
        }
      }
    }

    @Test("a directory that cannot be made is the user's mistake before anything is computed; one is made")
    func noDirectory() throws {
      try withTemporaryDirectory { directory in
        try Data().write(to: URL(fileURLWithPath: directory + "/file"))
        let trainer = try Trainer(
          .lenet(), on: .quick(), checkpoints: CheckpointDirectory(path: directory + "/file/none"))
        let mistake = #expect(throws: UserMistake.self) { try trainer.run(maxSteps: 1) }
        let message = try #require(mistake).description
        #expect(message.hasPrefix(directory + "/file/none: cannot be written to: "), "\(message)")
        #expect(trainer.position == TrainingPosition())
        let other = try Trainer(
          .lenet(), on: .quick(), checkpoints: CheckpointDirectory(path: directory + "/new/run"))
        let end = try other.run(maxSteps: 1)
        #expect(end.checkpointPath == directory + "/new/run/step-00000001.safetensors")
      }
    }

    @Test("slots of another step than the model's are refused, and so is a checkpoint of another experiment")
    func mixed() throws {
      try withTemporaryDirectory { directory in
        let checkpoints = CheckpointDirectory(path: directory)
        for steps in [1, 2] {
          try Trainer(.lenet(), on: .quick(), checkpoints: checkpoints).run(maxSteps: steps)
        }
        var checkpoint = try Checkpoint(contentsOf: checkpoints.modelPath(step: 2))
        let trainer = try Trainer(.lenet { $0.seed = 1 }, on: .quick())
        #expect(throws: UserMistake.self) { try trainer.restore(checkpoint) }
        try Trainer(.lenet(), on: .quick()).restore(checkpoint)
        checkpoint.slots = try Checkpoint(contentsOf: checkpoints.modelPath(step: 1)).slots
        let mistake = #expect(throws: UserMistake.self) { try checkpoint.state() }
        #expect(try #require(mistake).description.contains("lockstep.step: found 1"))
      }
    }
  }
}

@Suite struct CheckpointFileTests {
  private func checkpoint(_ experiment: Experiment) throws -> Checkpoint {
    try withTemporaryDirectory { directory in
      let checkpoints = CheckpointDirectory(path: directory)
      try Trainer(experiment, on: .quick(), checkpoints: checkpoints).run(maxSteps: 4)
      return try Checkpoint(contentsOf: checkpoints.modelPath(step: 4))
    }
  }

  @Test("the metadata tell the experiment and the position, to the last bit")
  func metadata() throws {
    let experiment = Experiment.lenet(seed: 3) { $0.seed = 3 }
    let metadata = try checkpoint(experiment).model.metadata
    #expect(metadata["format"] == "pt")
    #expect(metadata["lockstep.seed"] == "3")
    #expect(metadata[Checkpoint.experimentKey] == (try experiment.record().description))
    #expect(metadata[Checkpoint.configurationKey] == nil)
    let numbers = ["step", "epoch", "batch", "epoch_correct", "epoch_samples"].map {
      metadata["lockstep.\($0)"]
    }
    let first = try Outcome.of(experiment).steps[3]
    #expect(numbers == ["4", "1", "1", "\(Int(first.correct))", "16"])
    #expect(metadata["lockstep.epoch_loss_sum"].flatMap(Double.init) == first.lossSum)
    #expect(!metadata.keys.contains { $0.contains("thread") || $0.contains("machine") })
  }

  @Test("an experiment that a configuration names stands under the configuration's key")
  func configuration() throws {
    var experiment = Experiment.lenet()
    experiment.sections = .init(model: .object([("name", .text("lenet"))]), data: .object([]))
    let metadata = try checkpoint(experiment).model.metadata
    #expect(metadata[Checkpoint.configurationKey] == (try experiment.record().description))
    #expect(metadata[Checkpoint.experimentKey] == nil)
  }

  @Test("a file without a position, or with a damaged one, is refused with the key")
  func noPosition() throws {
    for (key, found) in [("step", nil), ("batch", "1.5"), ("epoch_loss_sum", "much")] as [(String, String?)] {
      var checkpoint = try checkpoint(.lenet())
      checkpoint.model.metadata["lockstep." + key] = found
      let mistake = #expect(throws: UserMistake.self) { try checkpoint.state() }
      let message = try #require(mistake).description
      #expect(
        message.contains("metadata lockstep.\(key): found \(found ?? "nothing"), expected"), "\(message)")
    }
  }

  @Test("elements of a type that no state has are refused by name")
  func types() throws {
    var file = TensorFile()
    file["0.weight"] = Tensor([1.0, 2.0])
    let mistake = #expect(throws: UserMistake.self) { try file.stateTensors() }
    #expect(try #require(mistake).description.contains("tensor \"0.weight\" is F64 [2]"))
  }

  @Test(
    "a missing file of slots is a mistake that names the checkpoint and a slot; a rule without slots has none"
  )
  func missingSlots() throws {
    var checkpoint = try checkpoint(.lenet())
    checkpoint.slots = nil
    let trainer = try Trainer(.lenet(), on: .quick())
    let mistake = #expect(throws: UserMistake.self) { try trainer.restore(checkpoint) }
    let message = try #require(mistake).description
    #expect(message.contains("step-00000004.safetensors: tensor \"momentum_buffer/0.weight\""), "\(message)")
    let plain = try self.checkpoint(.lenet { $0.updateRule = SGD() })
    #expect(plain.slots == nil)
    try Trainer(.lenet { $0.updateRule = SGD() }, on: .quick()).restore(plain)
  }

  @Test("names have eight digits, and more where needed")
  func names() {
    let directory = CheckpointDirectory(path: "runs/x")
    #expect(directory.modelPath(step: 470) == "runs/x/step-00000470.safetensors")
    #expect(directory.modelPath(step: 123_456_789) == "runs/x/step-123456789.safetensors")
    #expect(Checkpoint.slotsPath(ofModel: "a.b/step-00000470.safetensors") == "a.b/step-00000470.state")
  }

  @Test("latest names a file beside it, or is refused; without it there is none")
  func latest() throws {
    try withTemporaryDirectory { path in
      let directory = CheckpointDirectory(path: path)
      #expect(try directory.latestPath() == nil)
      for name in ["", "../x", "step-00000001.safetensors"] {
        try Data("\(name)\n".utf8).write(to: URL(fileURLWithPath: path + "/latest"))
        let mistake = #expect(throws: UserMistake.self) { try directory.latestPath() }
        #expect(try #require(mistake).description.hasPrefix("\(path)/latest: names \"\(name)\", expected"))
      }
      try Data().write(to: URL(fileURLWithPath: directory.modelPath(step: 1)))
      #expect(try directory.latestPath() == directory.modelPath(step: 1))
    }
  }
}
