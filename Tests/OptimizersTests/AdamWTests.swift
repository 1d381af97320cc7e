import NeuralNetworks
import Optimizers
import Records
import Testing

/// PyTorch's documented loop for one parameter, in double precision.
private struct Reference {
  var parameter: Double
  var mean = 0.0
  var square = 0.0

  mutating func step(_ rule: AdamW, _ gradient: Double, index: Int, learningRate: Double) {
    parameter *= 1 - learningRate * rule.weightDecay
    mean = rule.beta1 * mean + (1 - rule.beta1) * gradient
    square = rule.beta2 * square + (1 - rule.beta2) * gradient * gradient
    let (first, second) = (1 - pow(rule.beta1, index + 1), 1 - pow(rule.beta2, index + 1))
    let denominator = square.squareRoot() / second.squareRoot() + rule.epsilon
    parameter -= learningRate / first * mean / denominator
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}

@Suite struct AdamWTests {
  static let rules: [AdamW] = [
    AdamW(), AdamW(weightDecay: 0), AdamW(weightDecay: 0.5, decay: .weights),
    AdamW(betas: (0.3, 0.9), epsilon: 0.01), AdamW(betas: (0, 0)),
  ]

  @Test("twenty steps are PyTorch's", arguments: GoldenRun.all("adamw"))
  func golden(run: GoldenRun) throws {
    let differences = try run.differences(of: Self.rule(run.settings))
    // Each of twenty steps rounds a value, which lies below 4, by at most 2⁻²³.
    #expect(differences.double < 20 * 0x1p-23)
    // Against the same roundings it is but for products and sums that PyTorch fuses and we do not.
    #expect(differences.single < 0x1p-23)
  }

  @Test("the comparison sees each setting", arguments: GoldenRun.all("adamw"))
  func goldenDiffers(run: GoldenRun) throws {
    for other in GoldenRun.all("adamw") where other.name != run.name {
      #expect(try run.differences(of: Self.rule(other.settings)).double > 1e-4, "\(other.name)")
    }
  }

  private static func rule(_ settings: GoldenRun.Settings) -> AdamW {
    AdamW(
      betas: (settings.betas?[0] ?? 0.9, settings.betas?[1] ?? 0.999), epsilon: settings.eps ?? 1e-8,
      weightDecay: settings.weight_decay ?? 0.01)
  }

  @Test("all golden runs were found")
  func goldenRuns() {
    #expect(
      GoldenRun.all("adamw").map(\.name)
        == ["defaults", "large_epsilon", "much_decay", "no_decay", "short_memory"])
  }

  @Test("a run goes on from any step, after thousands of them too", arguments: [0, 1, 999, 100_000])
  func laterSteps(first: Int) {
    let rule = AdamW()
    var random = SplitMix64(state: 5)
    let start = random.floats(17)
    var run = TestParameter(start, for: rule)
    var exact = start.map { Reference(parameter: Double($0)) }
    for index in first..<first + 3 {
      let gradients = random.floats(17)
      run.step(rule, gradients, index: index, learningRate: 0.01)
      for element in start.indices {
        exact[element].step(rule, Double(gradients[element]), index: index, learningRate: 0.01)
      }
    }
    for element in start.indices {
      #expect(abs(Double(run.values[element]) - exact[element].parameter) < 1e-6)
    }
  }

  @Test("a first step moves each element by the learning rate against its gradient")
  func firstStep() {
    let rule = AdamW(weightDecay: 0)
    var run = TestParameter([1, 1, 1], for: rule)
    run.step(rule, [3, -1e-3, 0], learningRate: 0.125)
    #expect(abs(run.values[0] - 0.875) < 1e-6 && abs(run.values[1] - 1.125) < 2e-6 && run.values[2] == 1)
  }

  @Test("a run may be cut anywhere", arguments: rules)
  func cuts(rule: AdamW) {
    let count = 53
    var random = SplitMix64(state: 7)
    var start = TestParameter(random.floats(count), for: rule)
    start.slots = [random.floats(count), random.floats(count).map(abs)]
    let gradients = random.floats(count)
    var whole = start
    whole.step(rule, gradients, index: 4, learningRate: 0.3)
    #expect(whole.values != start.values)
    for cut in 0...count {
      var parts = start
      parts.step(rule, gradients, index: 4, learningRate: 0.3, range: cut..<count)
      parts.step(rule, gradients, index: 4, learningRate: 0.3, range: 0..<cut)
      #expect(parts == whole, "cut at \(cut)")
    }
  }

  @Test("padding stays zero", arguments: rules)
  func padding(rule: AdamW) {
    var run = TestParameter([Float](repeating: 0, count: 20), for: rule)
    let start = run
    for step in 0..<3 { run.step(rule, start.values, index: step, learningRate: 0.3) }
    #expect(run == start)
  }

  @Test("weight decay leaves biases alone if it is for weights only")
  func scope() {
    func value(_ rule: AdamW, isBias: Bool) -> Float {
      var run = TestParameter([1], for: rule, isBias: isBias)
      run.step(rule, [0], learningRate: 0.5)
      return run.values[0]
    }
    #expect(value(AdamW(weightDecay: 0.5, decay: .weights), isBias: true) == 1)
    #expect(value(AdamW(weightDecay: 0.5, decay: .weights), isBias: false) == 0.75)
    #expect(value(AdamW(weightDecay: 0.5), isBias: true) == 0.75)
  }

  @Test("slots have PyTorch's names, and the record the keys of the configuration")
  func record() {
    #expect(AdamW().slots.map(\.name) == ["exp_avg", "exp_avg_sq"])
    let expected =
      #"{"name": "adamw", "betas": [0.9, 0.999], "epsilon": 1e-08, "weight_decay": 0.01, "decay": "all"}"#
    #expect(AdamW().record.description == expected)
  }

  @Test("a rule that makes no sense traps")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = AdamW(betas: (1, 0.999)) }
    await #expect(processExitsWith: .failure) { _ = AdamW(betas: (0.9, -0.1)) }
    await #expect(processExitsWith: .failure) { _ = AdamW(epsilon: 0) }
    await #expect(processExitsWith: .failure) { _ = AdamW(epsilon: 1e-60) }
    await #expect(processExitsWith: .failure) { _ = AdamW(weightDecay: -1) }
    await #expect(processExitsWith: .failure) { _ = AdamW(weightDecay: .infinity) }
  }
}
