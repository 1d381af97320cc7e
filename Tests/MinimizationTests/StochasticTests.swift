import Minimization
import Testing

/// Remembers which samples its gradients were asked for.
private final class SampleRecorder: FiniteSum {
  let sampleCount: Int
  private(set) var batches: [[Int]] = []

  init(sampleCount: Int) {
    self.sampleCount = sampleCount
  }

  var dimension: Int { 1 }
  func value(at x: [Double]) -> Double { 0 }
  func gradient(at x: [Double]) -> [Double] { [1] }
  func gradient(at x: [Double], samples: [Int]) -> [Double] {
    batches.append(samples)
    return [1]
  }
}

@Suite struct StochasticTests {
  private func batches(seed: UInt64, size: Int) throws -> [[Int]] {
    let recorder = SampleRecorder(sampleCount: 23)
    let perEpoch = (23 + size - 1) / size
    let method = StochasticGradientDescent(
      learningRate: .constant(0.1), estimate: .minibatch(size: size), seed: seed, evaluationInterval: 5)
    _ = try trace(method, recorder, from: [0], steps: 3 * perEpoch)
    return recorder.batches
  }

  @Test("each epoch uses each sample once, in an order of its own", arguments: [1, 5, 23, 40])
  func epochs(size: Int) throws {
    let batches = try batches(seed: 1, size: size)
    let perEpoch = batches.count / 3
    let epochs = (0..<3).map { Array(batches[$0 * perEpoch..<($0 + 1) * perEpoch].joined()) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<23)) }
    #expect(Set(epochs).count == 3)
    for (index, batch) in batches.enumerated() where index % perEpoch < perEpoch - 1 {
      #expect(batch.count == size)
    }
    #expect(try batches == self.batches(seed: 1, size: size))
    #expect(try batches != self.batches(seed: 2, size: size))
  }

  @Test("the objective is evaluated at the start, each interval and the end")
  func evaluations() throws {
    let method = StochasticGradientDescent(
      learningRate: .constant(0.1), estimate: .minibatch(size: 5), seed: 1, evaluationInterval: 4)
    let iterates = try trace(method, SampleRecorder(sampleCount: 23), from: [0], steps: 10).iterates
    #expect(iterates.map(\.step) == [0, 4, 8, 10])
    #expect(abs(iterates[3].x[0] + 1) < 1e-15)
  }

  @Test("with a falling rate it approaches the optimum, never below it")
  func approaches() throws {
    let objective = try RegressionObjective(
      .linear, data: try syntheticData(), sum: SerialSampleSum())
    let start = [Double](repeating: 0, count: 4)
    let optimum = try trace(Newton(), objective, from: start, steps: 1).result.last.value
    for size in [1, 10] {
      let method = StochasticGradientDescent(
        learningRate: .polynomial(0.2, decay: 0.1, power: 0.9), estimate: .minibatch(size: size), seed: 3,
        evaluationInterval: 50)
      let (iterates, result) = try trace(method, objective, from: start, steps: 2000)
      #expect(result.outcome == .stepLimit)
      #expect(iterates.allSatisfy { $0.value >= optimum })
      #expect(result.last.value - optimum < 1e-3 * (iterates[0].value - optimum))
    }
  }
}
