import Execution
import Foundation
import Mistakes
import Safetensors

extension Checkpoint {
  /// The position in the form of metadata.
  static func metadata(of position: TrainingPosition) -> [String: String] {
    [
      "lockstep.step": String(position.step), "lockstep.epoch": String(position.epoch),
      "lockstep.batch": String(position.batch),
      // The bits of a sum of losses do not survive fewer than 17 digits.
      "lockstep.epoch_loss_sum": String(format: "%.17g", position.metrics.lossSum),
      "lockstep.epoch_correct": String(Int(position.metrics.correct)),
      "lockstep.epoch_samples": String(Int(position.metrics.samples)),
    ]
  }

  /// The position that the model file tells.
  ///
  /// - Throws: `UserMistake` if it tells none.
  func position() throws(UserMistake) -> TrainingPosition {
    func number<Value: LosslessStringConvertible>(_ key: String, _: Value.Type) throws(UserMistake) -> Value {
      if let value = model.metadata["lockstep." + key].flatMap(Value.init) { return value }
      throw UserMistake(
        "\(model.path ?? "the checkpoint"): metadata lockstep.\(key): found "
          + "\(model.metadata["lockstep." + key] ?? "nothing"), expected a number; only checkpoints that "
          + "lockstep has written can be resumed")
    }
    var position = TrainingPosition()
    position.step = try number("step", Int.self)
    position.epoch = try number("epoch", Int.self)
    position.batch = try number("batch", Int.self)
    position.metrics = BatchMetrics(
      lossSum: try number("epoch_loss_sum", Double.self),
      correct: Double(try number("epoch_correct", Int.self)),
      samples: Double(try number("epoch_samples", Int.self)))
    return position
  }
}
