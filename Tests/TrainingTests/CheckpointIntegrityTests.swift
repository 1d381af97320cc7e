import Execution
import Foundation
import Mistakes
import Optimizers
import Safetensors
import Testing
import Training

/// What is wrong with a checkpoint is found when it is read.
@Suite struct CheckpointIntegrityTests {
  /// Trains four steps with a checkpoint after each, and looks at the files.
  private func withCheckpoints(_ body: (CheckpointDirectory) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let checkpoints = CheckpointDirectory(path: directory)
      let machine = Machine.quick { $0.checkpoints = CheckpointPolicy(everySteps: 1, keep: nil) }
      try Trainer(.lenet(), on: machine, checkpoints: checkpoints).run(maxSteps: 4)
      try body(checkpoints)
    }
  }

  /// Changes a file's bytes.
  private func change(_ path: String, _ body: (inout Data) -> Void) throws {
    let url = URL(fileURLWithPath: path)
    var data = try Data(contentsOf: url)
    body(&data)
    try data.write(to: url)
  }

  @Test("a flipped bit anywhere in either file is found")
  func flippedBits() throws {
    try withCheckpoints { checkpoints in
      let model = checkpoints.modelPath(step: 4)
      for path in [model, Checkpoint.slotsPath(ofModel: model)] {
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let header = 8 + whole.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        // Every bit of the header would take minutes: all of some bytes, and some of the data.
        let places =
          Array(stride(from: 0, to: header, by: 13))
          + Array(stride(from: header, to: whole.count, by: 40_009))
        for (index, place) in places.enumerated() {
          try change(path) { $0[place] ^= 1 << UInt8(index % 8) }
          let isSpace = whole[place] == 0x20 && place < header
          do {
            _ = try Checkpoint(contentsOf: model)
            // A blank between words of JSON is nothing that a file says.
            if !isSpace { Issue.record("\(path): byte \(place), bit \(index % 8) went unnoticed") }
          } catch let error {
            #expect("\(error)".hasPrefix(path), "\(error)")
          }
          try whole.write(to: URL(fileURLWithPath: path))
        }
      }
      _ = try Checkpoint(contentsOf: model)
    }
  }

  @Test("the newest whole checkpoint is found where newer ones are damaged, each of which is named")
  func newestWhole() throws {
    try withCheckpoints { checkpoints in
      #expect(checkpoints.newestWhole().checkpoint?.model.path == checkpoints.modelPath(step: 4))
      try change(checkpoints.modelPath(step: 4)) { $0[$0.count - 1] ^= 1 }
      try change(Checkpoint.slotsPath(ofModel: checkpoints.modelPath(step: 3))) { $0.removeLast(9) }
      let found = checkpoints.newestWhole()
      #expect(found.checkpoint?.model.path == checkpoints.modelPath(step: 2))
      #expect(found.passedOver.count == 2)
      #expect(found.passedOver[0].contains("step-00000004.safetensors: is damaged: its content"), "\(found)")
      #expect(found.passedOver[1].contains("step-00000003.state: "), "\(found)")
      #expect(checkpoints.newestWhole(upTo: 1).checkpoint?.model.path == checkpoints.modelPath(step: 1))
    }
  }

  @Test("a file of a newer version, without its checksum, or of an impossible position is refused by name")
  func metadata() throws {
    try withCheckpoints { checkpoints in
      let path = checkpoints.modelPath(step: 4)
      let whole = try TensorFile(contentsOf: path)
      for (key, value, told) in [
        ("lockstep.version", "99", "found 99"), ("lockstep.checksum", nil, "hold no lockstep.checksum"),
        ("lockstep.step", "-7", "is damaged"), ("lockstep.version", nil, "found nothing"),
      ] as [(String, String?, String)] {
        var file = whole
        file.metadata[key] = value
        try file.write(to: path)
        let error = #expect(throws: TensorFileError.self) { try Checkpoint(contentsOf: path) }
        #expect(error?.description.contains(told) == true, "\(error?.description ?? "")")
      }
      // Files of the first versions had no checksum.
      for version in ["1", "2"] {
        var file = whole
        file.metadata["lockstep.version"] = version
        file.metadata["lockstep.checksum"] = nil
        file.metadata["lockstep.step"] = "-7"
        try file.write(to: path)
        let old = try Checkpoint(contentsOf: path)
        let mistake = #expect(throws: UserMistake.self) { try old.state() }
        #expect(mistake?.description.contains("lockstep.step: found -7") == true)
      }
    }
  }

  @Test("numbers that no training leaves behind are named")
  func implausible() throws {
    try withCheckpoints { checkpoints in
      let whole = try Checkpoint(contentsOf: checkpoints.modelPath(step: 4))
      #expect(whole.implausibility == nil)
      func changed(_ name: String, _ value: Float) throws -> String? {
        var copy = whole
        let tensor = try #require(copy.model[name])
        var values = try #require(tensor.elements(as: Float.self))
        values[1] = value
        copy.model[name] = Tensor(values, shape: tensor.shape)
        return copy.implausibility
      }
      #expect(try changed("0.weight", .nan)?.contains("tensor \"0.weight\": element 1 is nan") == true)
      #expect(
        try changed("1.running_var", -5)?.contains("tensor \"1.running_var\": element 1 is -5.0") == true)
      #expect(try changed("1.running_var", .infinity) != nil)
      #expect(try changed("0.weight", -5) == nil)
    }
  }

  @Test("a checkpoint of another experiment is refused with the key and both values; the epochs may grow")
  func otherExperiments() throws {
    try withTemporaryDirectory { directory in
      let checkpoints = CheckpointDirectory(path: directory)
      let constant = { (recipe: inout Recipe) in
        recipe.schedule = LearningRateSchedule(baseLearningRate: 0.05)
      }
      try Trainer(.lenet(constant), on: .quick(), checkpoints: checkpoints).run(maxSteps: 2)
      let checkpoint = try Checkpoint(contentsOf: checkpoints.modelPath(step: 2))
      func message(_ change: (inout Recipe) -> Void) throws -> String? {
        let trainer = try Trainer(
          .lenet {
            constant(&$0)
            change(&$0)
          }, on: .quick())
        do {
          try trainer.restore(checkpoint)
          return nil
        } catch let mistake as UserMistake {
          #expect(trainer.position == TrainingPosition())
          return mistake.description
        }
      }
      #expect(try message { _ in } == nil)
      #expect(try message { $0.epochs = 5 } == nil)
      #expect(
        try message { $0.epochs = 1 }?.contains(
          "epochs is 2 there, but 1 here; the number of epochs may only grow") == true)
      #expect(
        try message { $0.batch.size = 20 }?.contains("batch.size is 16 there, but 20 here; resume with")
          == true)
      #expect(
        try message { $0.updateRule = SGD(momentum: 0.8) }?.contains(
          "optimizer.momentum is 0.9 there, but 0.8 here (and 1 more)") == true)
      try Trainer(.lenet(), on: .quick(), checkpoints: checkpoints).run(maxSteps: 2)
      let cosine = try Checkpoint(contentsOf: checkpoints.modelPath(step: 2))
      let longer = try Trainer(.lenet { $0.epochs = 5 }, on: .quick())
      let mistake = #expect(throws: UserMistake.self) { try longer.restore(cosine) }
      #expect(
        mistake?.description.contains("a cosine schedule spreads") == true, "\(mistake?.description ?? "")")
      // Other data of the same description.
      var other = Experiment.lenet(constant)
      other.testData = other.trainingData
      let elsewhere = try Trainer(other, on: .quick())
      #expect(throws: UserMistake.self) { try elsewhere.restore(checkpoint) }
    }
  }
}
