import Optimizers
import Testing

/// What a run of parameters goes through.
private struct Run: Equatable {
  var parameters: [Float]
  var velocities: [Float]

  mutating func step(
    _ sgd: SGD, _ gradients: [Float], learningRate: Float, decays: Bool = true, range: Range<Int>? = nil
  ) {
    let range = range ?? parameters.indices
    parameters.withUnsafeMutableBufferPointer { parameters in
      velocities.withUnsafeMutableBufferPointer { velocities in
        gradients.withUnsafeBufferPointer { gradients in
          sgd.update(
            parameters: .init(rebasing: parameters[range]), gradients: .init(rebasing: gradients[range]),
            velocities: velocities.isEmpty ? velocities : .init(rebasing: velocities[range]),
            learningRate: learningRate, decays: decays)
        }
      }
    }
  }
}

/// PyTorch's documented loop for one parameter, in any precision.
private struct Reference<Scalar: BinaryFloatingPoint> {
  var parameter: Scalar
  var buffer: Scalar?

  mutating func step(_ sgd: SGD, _ gradient: Scalar, learningRate: Scalar, decays: Bool) {
    var gradient = gradient
    if decays && sgd.weightDecay != 0 { gradient = gradient + Scalar(sgd.weightDecay) * parameter }
    if sgd.momentum != 0 {
      let buffer = self.buffer.map { Scalar(sgd.momentum) * $0 + gradient } ?? gradient
      self.buffer = buffer
      gradient = sgd.isNesterov ? gradient + Scalar(sgd.momentum) * buffer : buffer
    }
    parameter = parameter - learningRate * gradient
  }
}

@Suite struct SGDTests {
  static let rules: [SGD] = [
    SGD(), SGD(weightDecay: 0.125), SGD(momentum: 0.9), SGD(momentum: 0.9, weightDecay: 5e-4),
    SGD(momentum: 0.5, isNesterov: true), SGD(momentum: 0.9, isNesterov: true, weightDecay: 0.01),
  ]

  @Test("twenty steps follow PyTorch's loop", arguments: rules, [true, false])
  func follows(sgd: SGD, decays: Bool) {
    for count in 1...40 {
      var random = SplitMix64(state: UInt64(count))
      let start = random.floats(count)
      let velocities = [Float](repeating: 0, count: sgd.momentum == 0 ? 0 : count)
      var run = Run(parameters: start, velocities: velocities)
      var exact = start.map { Reference<Double>(parameter: Double($0)) }
      var same = start.map { Reference<Float>(parameter: $0) }
      for step in 0..<20 {
        let gradients = random.floats(count)
        let learningRate = 0.1 / Float(step + 1)
        run.step(sgd, gradients, learningRate: learningRate, decays: decays)
        for index in 0..<count {
          exact[index].step(
            sgd, Double(gradients[index]), learningRate: Double(learningRate), decays: decays)
          same[index].step(sgd, gradients[index], learningRate: learningRate, decays: decays)
        }
      }
      // Twenty steps of at most a handful of roundings each, on values below 8.
      for index in 0..<count {
        #expect(abs(Double(run.parameters[index]) - exact[index].parameter) < 20 * 8 * 0x1p-24)
      }
      #expect(run.parameters == same.map(\.parameter), "the bits of unfused single precision")
      if sgd.momentum != 0 { #expect(run.velocities == same.map { $0.buffer ?? 0 }) }
    }
  }

  @Test("a run may be cut anywhere", arguments: rules)
  func cuts(sgd: SGD) {
    let count = 101
    var random = SplitMix64(state: 7)
    let start = Run(
      parameters: random.floats(count),
      velocities: sgd.momentum == 0 ? [] : random.floats(count))
    let gradients = random.floats(count)
    var whole = start
    whole.step(sgd, gradients, learningRate: 0.3)
    #expect(whole.parameters != start.parameters)
    for cut in 0...count {
      var parts = start
      parts.step(sgd, gradients, learningRate: 0.3, range: cut..<count)
      parts.step(sgd, gradients, learningRate: 0.3, range: 0..<cut)
      #expect(parts == whole, "cut at \(cut)")
    }
  }

  @Test("elements outside of the run are left alone", arguments: rules)
  func leavesNeighbours(sgd: SGD) {
    var random = SplitMix64(state: 8)
    let start = Run(parameters: random.floats(64), velocities: sgd.momentum == 0 ? [] : random.floats(64))
    let gradients = random.floats(64)
    for length in 0...40 {
      var run = start
      run.step(sgd, gradients, learningRate: 0.3, range: 3..<3 + length)
      #expect(run.parameters[..<3] == start.parameters[..<3])
      #expect(run.parameters[(3 + length)...] == start.parameters[(3 + length)...])
      #expect(run.velocities.suffix(61 - length) == start.velocities.suffix(61 - length))
    }
  }

  @Test("without weight decay a parameter's size does not matter")
  func infiniteParameter() {
    var run = Run(parameters: [.infinity], velocities: [0])
    run.step(SGD(momentum: 0.9), [1], learningRate: 0.1)
    #expect(run == Run(parameters: [.infinity], velocities: [1]))
    run.step(SGD(momentum: 0.9, weightDecay: 1), [1], learningRate: 0.1, decays: false)
    #expect(run == Run(parameters: [.infinity], velocities: [Float(0.9) + 1]))
  }

  @Test("a rule that makes no sense traps")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = SGD(momentum: 1) }
    await #expect(processExitsWith: .failure) { _ = SGD(isNesterov: true) }
    await #expect(processExitsWith: .failure) { _ = SGD(weightDecay: -1) }
    await #expect(processExitsWith: .failure) {
      var run = Run(parameters: [1, 2], velocities: [])
      run.step(SGD(momentum: 0.5), [1, 2], learningRate: 1)
    }
  }
}
