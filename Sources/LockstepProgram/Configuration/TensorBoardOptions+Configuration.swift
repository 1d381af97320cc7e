import Configurations
import Records
import Reports

/// The section `tensorboard`.
extension TensorBoardOptions {
  enum Key: String, ConfigurationWord {
    case everySteps = "every_steps"
    case histogramsEverySteps = "histograms_every_steps"
  }

  private static let never = "never"

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init()
    everySteps = try reader.integer(.everySteps, or: Self.never, default: everySteps)
    guard reader.node(.histogramsEverySteps) != nil else { return }
    let steps = try reader.integer(.histogramsEverySteps, or: Self.never, default: nil)
    histograms = steps.map(Interval.steps) ?? .never
  }

  /// The section under its key; empty where all is as usual.
  var members: [(key: String, value: JSON)] {
    guard self != TensorBoardOptions() else { return [] }
    let interval: JSON? =
      switch histograms {
      case .never: .text(Self.never)
      case .epoch: nil
      case .steps(let steps): .integer(steps)
      }
    return [
      (
        Configuration.Key.tensorboard.rawValue,
        .section([
          Key.everySteps: everySteps.map(JSON.integer) ?? .text(Self.never), .histogramsEverySteps: interval,
        ])
      )
    ]
  }
}
