import Foundation
import Mistakes
import Records

/// What one run told of its steps.
struct ScalingMeasurement {
  /// The median step, in seconds.
  let seconds: Double
  /// Samples a second, by the median step.
  let imagesPerSecond: Double
  /// By phase, its median in seconds.
  let phaseSeconds: [Double]
  /// The digest of the weights at the end.
  let digest: String
}

extension ScalingMeasurement {
  /// Reads the steps behind the first ones.
  init(_ run: RunRecord, after warmUp: Int) throws {
    guard let digest = run.digest, let bytes = FileManager.default.contents(atPath: run.log.path) else {
      throw TrainingJobFailure(description: "\(run.path): has not come to an end")
    }
    var steps: [JSON] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let event = try JSON(parsing: line)
      if event["event"]?.text == "step", (event["step"]?.integer ?? 0) > warmUp { steps.append(event) }
    }
    func median(_ value: (JSON) -> Double?) -> Double { Spread(steps.compactMap(value)).median }
    guard steps.allSatisfy({ $0["seconds"]?.number != nil }), !steps.isEmpty else {
      throw TrainingJobFailure(description: "\(run.path): tells of no step after the first \(warmUp)")
    }
    self.digest = digest
    seconds = median { $0["seconds"]?.number }
    imagesPerSecond = median { $0["images_per_second"]?.number }
    phaseSeconds = StepMeasurement.phaseNames.map { phase in median { $0["phase_seconds"]?[phase]?.number } }
  }
}
