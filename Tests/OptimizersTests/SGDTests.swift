import Optimizers
import Testing

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
    SGD(momentum: 0.9, weightDecay: 0.125, decay: .weights), SGD(weightDecay: 0.125, decay: .weights),
  ]

  @Test("twenty steps follow PyTorch's loop", arguments: rules, [true, false])
  func follows(sgd: SGD, isBias: Bool) {
    let decays = !(isBias && sgd.decay == .weights)
    for count in 1...40 {
      var random = SplitMix64(state: UInt64(count))
      let start = random.floats(count)
      var run = TestParameter(start, for: sgd, isBias: isBias)
      var exact = start.map { Reference<Double>(parameter: Double($0)) }
      var same = start.map { Reference<Float>(parameter: $0) }
      for step in 0..<20 {
        let gradients = random.floats(count)
        let learningRate = 0.1 / Double(step + 1)
        run.step(sgd, gradients, index: step, learningRate: learningRate)
        for index in 0..<count {
          exact[index].step(
            sgd, Double(gradients[index]), learningRate: learningRate, decays: decays)
          same[index].step(sgd, gradients[index], learningRate: Float(learningRate), decays: decays)
        }
      }
      // Twenty steps of at most a handful of roundings each, on values below 8.
      for index in 0..<count {
        #expect(abs(Double(run.values[index]) - exact[index].parameter) < 20 * 8 * 0x1p-24)
      }
      #expect(run.values == same.map(\.parameter), "the bits of unfused single precision")
      #expect(run.slots == (sgd.momentum == 0 ? [] : [same.map { $0.buffer ?? 0 }]))
    }
  }

  @Test("twenty steps are PyTorch's", arguments: GoldenRun.all("sgd"))
  func golden(run: GoldenRun) throws {
    let settings = run.settings
    let sgd = SGD(
      momentum: settings.momentum ?? 0, isNesterov: settings.nesterov ?? false,
      weightDecay: settings.weight_decay ?? 0)
    let differences = try run.differences(of: sgd)
    // Values stay below 4, where a rounding is at most 2⁻²³; PyTorch may fuse a product and a sum, we do not.
    #expect(differences.double < 20 * 0x1p-23)
    #expect(differences.single < 20 * 0x1p-23)
  }

  @Test("all golden runs were found")
  func goldenRuns() {
    #expect(GoldenRun.all("sgd").map(\.name) == ["decay", "momentum", "momentum_decay", "nesterov", "plain"])
  }

  @Test("a run may be cut anywhere", arguments: rules)
  func cuts(sgd: SGD) {
    let count = 101
    var random = SplitMix64(state: 7)
    var start = TestParameter(random.floats(count), for: sgd)
    start.slots = start.slots.map { _ in random.floats(count) }
    let gradients = random.floats(count)
    var whole = start
    whole.step(sgd, gradients, learningRate: 0.3)
    #expect(whole.values != start.values)
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
    let start = TestParameter(random.floats(64), for: sgd)
    let gradients = random.floats(64)
    for length in 0...40 {
      var run = start
      run.step(sgd, gradients, learningRate: 0.3, range: 3..<3 + length)
      #expect(run.values[..<3] == start.values[..<3])
      #expect(run.values[(3 + length)...] == start.values[(3 + length)...])
    }
  }

  @Test("padding stays zero", arguments: rules)
  func padding(sgd: SGD) {
    var run = TestParameter([Float](repeating: 0, count: 20), for: sgd)
    let start = run
    for step in 0..<3 { run.step(sgd, start.values, index: step, learningRate: 0.3) }
    #expect(run == start)
  }

  @Test("without weight decay a parameter's size does not matter")
  func infiniteParameter() {
    func result(_ sgd: SGD, isBias: Bool = false) -> TestParameter {
      var run = TestParameter([.infinity], for: sgd, isBias: isBias)
      run.slots = [[1]]
      run.step(sgd, [1], learningRate: 0.1)
      return run
    }
    let plain = result(SGD(momentum: 0.9))
    #expect(plain.values == [.infinity] && plain.slots == [[Float(0.9) + 1]])
    let bias = result(SGD(momentum: 0.9, weightDecay: 1, decay: .weights), isBias: true)
    #expect(bias.values == [.infinity] && bias.slots == [[Float(0.9) + 1]])
    #expect(result(SGD(momentum: 0.9, weightDecay: 1, decay: .weights)).values[0].isNaN)
    #expect(result(SGD(momentum: 0.9, weightDecay: 1), isBias: true).values[0].isNaN)
  }

  @Test("a rule that makes no sense traps")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = SGD(momentum: 1) }
    await #expect(processExitsWith: .failure) { _ = SGD(isNesterov: true) }
    await #expect(processExitsWith: .failure) { _ = SGD(weightDecay: -1) }
    await #expect(processExitsWith: .failure) {
      var run = TestParameter([1, 2], for: SGD())
      run.step(SGD(momentum: 0.5), [1, 2], learningRate: 1)
    }
    await #expect(processExitsWith: .failure) {
      var run = TestParameter([1, 2], for: SGD(momentum: 0.5))
      run.slots = [[0]]
      run.step(SGD(momentum: 0.5), [1, 2], learningRate: 1)
    }
  }
}
