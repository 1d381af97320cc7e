import Execution
import Foundation
import Mistakes
import Safetensors

extension Checkpoint {
  /// The position in the form of metadata.
  static func metadata(of position: TrainingPosition) -> [String: String] {
    let place = [
      "lockstep.step": String(position.step), "lockstep.epoch": String(position.epoch),
      "lockstep.batch": String(position.batch),
    ]
    let test = position.test.map { metadata(of: $0, called: "test") } ?? [:]
    let validation = position.validation.map { metadata(of: $0, called: "validation") } ?? [:]
    let best =
      position.best.map {
        [
          "lockstep.best_score": String(format: "%.17g", $0.score),
          "lockstep.best_epochs_since": String($0.epochsSince),
        ]
      } ?? [:]
    return [metadata(of: position.metrics, called: "epoch"), test, validation, best]
      .reduce(place) { $0.merging($1) { $1 } }
  }

  private static func metadata(of metrics: BatchMetrics, called name: String) -> [String: String] {
    [
      // The bits of a sum of losses do not survive fewer than 17 digits.
      "lockstep.\(name)_loss_sum": String(format: "%.17g", metrics.lossSum),
      "lockstep.\(name)_correct": String(format: "%.0f", metrics.correct),
      "lockstep.\(name)_samples": String(format: "%.0f", metrics.samples),
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
    func metrics(_ name: String) throws(UserMistake) -> BatchMetrics {
      BatchMetrics(
        lossSum: try number("\(name)_loss_sum", Double.self),
        correct: Double(try number("\(name)_correct", Int.self)),
        samples: Double(try number("\(name)_samples", Int.self)))
    }
    var position = TrainingPosition()
    position.step = try number("step", Int.self)
    position.epoch = try number("epoch", Int.self)
    position.batch = try number("batch", Int.self)
    for (key, value) in [("step", position.step), ("epoch", position.epoch), ("batch", position.batch)]
    where value < 0 {
      throw UserMistake(
        "\(model.path ?? "the checkpoint"): metadata lockstep.\(key): found \(value), expected at least 0")
    }
    position.metrics = try metrics("epoch")
    if model.metadata["lockstep.test_samples"] != nil { position.test = try metrics("test") }
    if model.metadata["lockstep.validation_samples"] != nil {
      position.validation = try metrics("validation")
    }
    if model.metadata["lockstep.best_score"] != nil {
      position.best = BestScore(
        score: try number("best_score", Double.self),
        epochsSince: max(0, try number("best_epochs_since", Int.self)))
    }
    return position
  }
}
