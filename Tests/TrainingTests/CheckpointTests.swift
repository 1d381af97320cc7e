import Datasets
import Execution
import Foundation
import MPI
import Safetensors
import Testing
import Training

extension RanksTests {
  @Suite struct CheckpointTests {
    private static let text =
      "{model: {name: lenet}, data: {name: glyphs, test_samples: 40}, batch: {size: 32, microshards: 4}}"

    /// A replica on glyphs, with initial values from a seed.
    private func replica(_ world: Communicator, seed: UInt64) throws -> (Replica, ImageDataset) {
      let configuration = try Configuration.parse(Self.text, source: "test")
      let images = try configuration.dataset(.test)
      let replica = try Replica(configuration, images: images, world: world)
      try replica.executor.initialize(configuration.initialization, seed: seed)
      return (replica, images)
    }

    /// Takes a step of gradient descent that leaves something in all parameters, velocities and statistics.
    private func train(_ replica: Replica, on images: ImageDataset) throws -> BatchMetrics {
      let metrics = try replica.executor.train(samples: 21) { position, memory in
        images.write(sample: position, into: memory.input)
        memory.label.pointee = Int32(images.label(at: position))
      }
      replica.executor.forEachParameter { memory in
        for index in memory.values.indices {
          memory.velocities[index] = memory.gradients[index]
          memory.values[index] -= 0.1 * memory.gradients[index]
        }
      }
      return metrics
    }

    @Test("written and read back it gives an equal state, on every rank the same")
    func roundTrip() throws {
      try MPIEnvironment.withTestWorld { world in
        let (replica, images) = try replica(world, seed: 3)
        var position = Checkpoint.Position()
        (position.step, position.epoch, position.batch) = (7, 1, 3)
        position.metrics += try train(replica, on: images)
        let checkpoint = try Checkpoint(
          replica.executor, configuration: replica.configuration, position: position)
        #expect(Set(try world.allGatherV(Array(checkpoint.digest.utf8))).count == 1)

        try withTemporaryDirectory { directory in
          let path = try checkpoint.write(step: position.step, to: directory)
          #expect(path == directory + "/step-00000007.safetensors")
          #expect(
            try String(contentsOfFile: directory + "/latest", encoding: .utf8)
              == "step-00000007.safetensors\n")
          let model = try TensorFile(contentsOf: path)
          let optimizer = try TensorFile(contentsOf: Checkpoint.optimizerPath(ofModel: path))
          #expect(model == checkpoint.model && optimizer == checkpoint.optimizer)
          #expect(try CheckpointDigest.digest(path: path) == checkpoint.digest)

          let (other, _) = try self.replica(world, seed: 4)
          #expect(try other.executor.state() != replica.executor.state())
          try other.executor.load(try model.stateTensors())
          try other.executor.loadVelocities(try optimizer.stateTensors())
          #expect(try other.executor.state() == replica.executor.state())
          #expect(try other.executor.velocities() == replica.executor.velocities())
          // Equal states compute equal bits, in evaluation and in the next step.
          #expect(try other.evaluate(images) == replica.evaluate(images))
          #expect(try train(other, on: images) == train(replica, on: images))
          #expect(try other.executor.state() == replica.executor.state())
        }
      }
    }

    @Test("tells the configuration and the position, to the last bit")
    func metadata() throws {
      try MPIEnvironment.withTestWorld { world in
        let (replica, images) = try replica(world, seed: 0)
        var position = Checkpoint.Position()
        (position.step, position.epoch, position.batch) = (470, 4, 94)
        position.metrics += try train(replica, on: images)
        let file = try Checkpoint(replica.executor, configuration: replica.configuration, position: position)
          .model
        #expect(try Checkpoint.configuration(of: file, overrides: []) == replica.configuration)
        #expect(try Checkpoint.configuration(of: file, overrides: ["seed=9"]).seed == 9)
        #expect(file.metadata["format"] == "pt")
        let numbers = ["step", "epoch", "batch", "epoch_loss_sum", "epoch_correct", "epoch_samples"]
          .map { file.metadata["lockstep.\($0)"].flatMap { Double($0) } }
        let metrics = position.metrics
        #expect(numbers == [470, 4, 94, metrics.lossSum, metrics.correct, 21])
      }
    }

    @Test("a directory that is not there is an error that names the file")
    func noDirectory() throws {
      try MPIEnvironment.withTestWorld { world in
        let (replica, _) = try replica(world, seed: 0)
        let checkpoint = try Checkpoint(
          replica.executor, configuration: replica.configuration, position: .init())
        try withTemporaryDirectory { directory in
          let error = #expect(throws: TensorFileError.self) {
            try checkpoint.write(step: 1, to: directory + "/none")
          }
          let path = try #require(error).path
          #expect(path.hasPrefix(directory + "/none/step-00000001"))
        }
      }
    }
  }
}

@Suite struct CheckpointFileTests {
  @Test("elements of a type that no state has are refused by name")
  func types() throws {
    var file = TensorFile()
    file["0.weight"] = Tensor([1.0, 2.0])
    let mistake = #expect(throws: UserMistake.self) { try file.stateTensors() }
    #expect(try #require(mistake).description.contains("tensor \"0.weight\" is F64 [2]"))
  }

  @Test("a file without a configuration asks for one")
  func noConfiguration() throws {
    let mistake = #expect(throws: UserMistake.self) {
      try Checkpoint.configuration(of: TensorFile(metadata: ["format": "pt"]), overrides: [])
    }
    #expect(try #require(mistake).description.contains("--config"))
  }

  @Test("names have eight digits, and more where needed")
  func names() {
    #expect(Checkpoint.fileName(step: 470) == "step-00000470.safetensors")
    #expect(Checkpoint.fileName(step: 123_456_789) == "step-123456789.safetensors")
    #expect(Checkpoint.optimizerPath(ofModel: "a.b/step-00000470.safetensors") == "a.b/step-00000470.state")
  }
}
