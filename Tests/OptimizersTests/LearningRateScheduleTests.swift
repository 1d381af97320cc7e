import Foundation
import Optimizers
import Records
import Testing

@Suite struct LearningRateScheduleTests {
  static let stepsPerEpoch = 7
  static let epochs = 12

  private func rates(_ schedule: LearningRateSchedule) -> [Double] {
    (0..<Self.epochs * Self.stepsPerEpoch).map {
      schedule.learningRate(step: $0, stepsPerEpoch: Self.stepsPerEpoch, epochs: Self.epochs)
    }
  }

  @Test("constant stays")
  func constant() {
    #expect(rates(LearningRateSchedule(baseLearningRate: 0.3)).allSatisfy { $0 == 0.3 })
  }

  @Test("step multiplies at the first step of each milestone")
  func step() {
    let rates = rates(
      LearningRateSchedule(baseLearningRate: 8, curve: .step(epochs: [3, 4, 9], factor: 0.5)))
    for (step, rate) in rates.enumerated() {
      let expected: Double = step < 3 * 7 ? 8 : step < 4 * 7 ? 4 : step < 9 * 7 ? 2 : 1
      #expect(rate == expected, "step \(step)")
    }
  }

  @Test("cosine follows its formula", arguments: [0, 0.01], [0, 1, 5])
  func cosine(final: Double, warmupEpochs: Int) {
    let warmup = warmupEpochs == 0 ? nil : LearningRateSchedule.Warmup(epochs: warmupEpochs, from: 0.02)
    let rates = rates(
      LearningRateSchedule(baseLearningRate: 0.2, curve: .cosine(final: final), warmup: warmup))
    let first = warmupEpochs * Self.stepsPerEpoch
    #expect(rates[first] == 0.2)
    for step in first..<rates.count {
      let angle = Double.pi * Double(step - first) / Double(rates.count - first)
      #expect(abs(rates[step] - (final + 0.5 * (0.2 - final) * (1 + cos(angle)))) < 1e-16)
      if step > first { #expect(rates[step] < rates[step - 1]) }
    }
  }

  @Test("cosine is half way half way, and ends at its final value")
  func cosineLandmarks() {
    let schedule = LearningRateSchedule(
      baseLearningRate: 1, curve: .cosine(final: 0.25), warmup: .init(epochs: 2, from: 0))
    #expect(abs(schedule.learningRate(step: 60, stepsPerEpoch: 10, epochs: 10) - 0.625) < 1e-15)
    #expect(schedule.learningRate(step: 100, stepsPerEpoch: 10, epochs: 10) == 0.25)
    #expect(schedule.learningRate(step: 1_000, stepsPerEpoch: 10, epochs: 10) == 0.25)
  }

  @Test(
    "warm-up climbs by equal amounts to the base rate",
    arguments: [.constant, .step(epochs: [8], factor: 0.1), .cosine(final: 0)] as [LearningRateSchedule.Curve]
  )
  func warmup(curve: LearningRateSchedule.Curve) {
    let schedule = LearningRateSchedule(
      baseLearningRate: 0.8, curve: curve, warmup: .init(epochs: 5, from: 0.1))
    let rates = rates(schedule)
    #expect(rates[0] == 0.1)
    for step in 1...35 {
      #expect(rates[step] > rates[step - 1])
      #expect(abs(rates[step] - rates[step - 1] - 0.7 / 35) < 1e-15)
    }
    #expect(rates[35] == 0.8)
  }

  @Test("a warm-up as long as the run never reaches the curve")
  func warmupOnly() {
    let schedule = LearningRateSchedule(
      baseLearningRate: 1, curve: .cosine(final: 0), warmup: .init(epochs: 2, from: 0.5))
    #expect(schedule.learningRate(step: 3, stepsPerEpoch: 2, epochs: 2) == 0.875)
    #expect(schedule.learningRate(step: 4, stepsPerEpoch: 2, epochs: 2) == 1)
  }

  @Test("a warm-up begins at a tenth if nothing else is said")
  func warmupStart() {
    #expect(LearningRateSchedule.warmupStart(baseLearningRate: 0.5) == 0.05)
  }

  @Test("a record has the keys of the configuration, sorted")
  func records() {
    func record(_ curve: LearningRateSchedule.Curve, warmup: LearningRateSchedule.Warmup? = nil) -> String {
      LearningRateSchedule(baseLearningRate: 1, curve: curve, warmup: warmup).record.description
    }
    #expect(record(.constant) == #"{"name": "constant", "warmup_epochs": 0}"#)
    #expect(
      record(.cosine(final: 0.01))
        == #"{"final_learning_rate": 0.01, "name": "cosine", "warmup_epochs": 0}"#)
    let step =
      #"{"epochs": [3, 7], "factor": 0.1, "name": "step", "warmup_epochs": 2, "warmup_from": 0.2}"#
    #expect(record(.step(epochs: [3, 7], factor: 0.1), warmup: .init(epochs: 2, from: 0.2)) == step)
  }

  @Test("our cosine is within 2⁻⁵¹ of the C library's, and exact at both ends")
  func cosineOfPi() {
    #expect(Optimizers.cosineOfPi(times: 0) == 1 && Optimizers.cosineOfPi(times: 1) == -1)
    let errors = (0...100_000).map { index in
      let x = Double(index) / 100_000
      // π x is rounded before the C function sees it, which matters where the cosine is steep: take the sine
      // of the small complement there.
      let expected = x < 0.25 ? cos(.pi * x) : x < 0.75 ? sin(.pi * (0.5 - x)) : -cos(.pi * (1 - x))
      return abs(Optimizers.cosineOfPi(times: x) - expected)
    }
    #expect(errors.allSatisfy { $0 <= 0x1p-51 })
  }
}
