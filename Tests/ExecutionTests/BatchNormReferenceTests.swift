import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Batch normalization against its formulas in double precision.
@Suite struct BatchNormReferenceTests {
  // MARK: - The formulas

  /// What a batch normalization, followed by the squared loss, gives.
  struct Expected {
    /// By sample.
    var y: [[Double]]
    var dx: [[Double]]
    /// By channel.
    var dGamma: [Double]
    var dBeta: [Double]
    var runningMean: [Double]
    var runningVariance: [Double]
  }

  /// What is normalized: `x` by sample, in groups of samples that share their statistics.
  struct Problem {
    var shape: Shape
    var x: [[Float]]
    var targets: [[Float]]
    var gamma: [Float]
    var beta: [Float]
    var groups: [Range<Int>]
    var epsilon = 1e-5
    var momentum = 0.1

    /// The formulas of arXiv:1502.03167, section 3, and the first step of the running statistics.
    ///
    /// These begin at 0 and 1 and take the unbiased variance, as PyTorch's do; groups count by their samples.
    func expected() -> Expected {
      let (channels, pixels, samples) = (shape.channels, shape.pixels, x.count)
      var result = Expected(
        y: x.map { $0.map { _ in 0 } }, dx: x.map { $0.map { _ in 0 } },
        dGamma: [Double](repeating: 0, count: channels), dBeta: [Double](repeating: 0, count: channels),
        runningMean: [Double](repeating: 0, count: channels),
        runningVariance: [Double](repeating: 1 - momentum, count: channels))
      for group in groups where !group.isEmpty {
        for channel in 0..<channels {
          let places = group.flatMap { sample in
            (channel * pixels..<(channel + 1) * pixels).map { (sample: sample, element: $0) }
          }
          let values = places.map { Double(x[$0.sample][$0.element]) }
          let count = Double(values.count)
          let mean = values.reduce(0, +) / count
          let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
          let deviation = (squares / count + epsilon).squareRoot()
          let normalized = values.map { ($0 - mean) / deviation }
          let y = normalized.map { Double(gamma[channel]) * $0 + Double(beta[channel]) }
          let dy = zip(y, places).map { ($0 - Double(targets[$1.sample][$1.element])) / Double(samples) }
          let sum = dy.reduce(0, +)
          let product = zip(dy, normalized).reduce(0) { $0 + $1.0 * $1.1 }
          for (index, place) in places.enumerated() {
            result.y[place.sample][place.element] = y[index]
            result.dx[place.sample][place.element] =
              Double(gamma[channel]) / deviation
              * (dy[index] - sum / count - normalized[index] * product / count)
          }
          result.dBeta[channel] += sum
          result.dGamma[channel] += product
          let weight = momentum * Double(group.count) / Double(samples)
          result.runningMean[channel] += weight * mean
          result.runningVariance[channel] += weight * (count > 1 ? squares / (count - 1) : 0)
        }
      }
      return result
    }
  }

  private func problem(
    _ shape: Shape, samples: Int, groups: [Range<Int>], center: Float = 0.5, spread: Float = 2,
    epsilon: Double = 1e-5, momentum: Double = 0.1
  ) throws -> Problem {
    let graph = try Graph(input: shape, loss: .squared, model: Flatten())
    let batch = RandomBatch(graph, samples: samples, seed: 31)
    let parameters = RandomBatch(graph, samples: 2, seed: 32).inputs
    return Problem(
      shape: shape, x: batch.inputs.map { $0.map { center + spread * $0 } }, targets: batch.targets,
      gamma: parameters[0].prefix(shape.channels).map { 1 + 0.3 * $0 },
      beta: Array(parameters[1].prefix(shape.channels)),
      groups: groups, epsilon: epsilon, momentum: momentum)
  }

  private func executor(
    _ problem: Problem, _ partition: MicroshardPartition, _ statistics: BatchStatistics = .global
  ) throws -> Executor {
    var model = Sequential()
    model.append(BatchNorm(epsilon: problem.epsilon, momentum: problem.momentum), name: "bn")
    model.append(Flatten())
    let graph = try Graph(input: problem.shape, loss: .squared, model: model)
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: partition.count),
      options: Executor.Options(partition: partition, statistics: statistics, needsInputGradient: true))
    let channels = [problem.shape.channels]
    let zeros = problem.gamma.map { _ in Float(0) }
    try executor.load([
      StateTensor(name: "bn.weight", shape: channels, floats: problem.gamma),
      StateTensor(name: "bn.bias", shape: channels, floats: problem.beta),
      StateTensor(name: "bn.running_mean", shape: channels, floats: zeros),
      StateTensor(name: "bn.running_var", shape: channels, floats: zeros.map { $0 + 1 }),
      StateTensor(name: "bn.num_batches_tracked", shape: [], integers: [0]),
    ])
    return executor
  }

  private func fill(_ problem: Problem) -> (Int, SampleMemory) -> Void {
    { position, memory in
      memory.input.update(from: problem.x[position], count: problem.shape.count)
      memory.targets.update(from: problem.targets[position], count: problem.shape.count)
    }
  }

  /// Rows of all microshards in the order of samples.
  private func rows(_ executor: Executor, _ of: (Int) -> [[Float]]) -> [[Float]] {
    (0..<executor.options.partition.count).flatMap(of)
  }

  private func state(_ executor: Executor, _ name: String) throws -> [Float] {
    try #require(try executor.state().first { $0.name == "bn." + name }).floats
  }

  /// The largest difference, relative to the largest expected number; infinite where a number is not finite.
  private func error(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    let differences = zip(found, expected).map { abs(Double($0) - $1) }
    guard differences.allSatisfy(\.isFinite) else { return .infinity }
    return (differences.max() ?? 0) / max(expected.map(abs).max() ?? 0, 1e-30)
  }

  private func check(
    _ problem: Problem, _ partition: MicroshardPartition, _ statistics: BatchStatistics,
    tolerance: Double = 1e-5
  ) throws {
    let executor = try executor(problem, partition, statistics)
    _ = try executor.forwardBackward(samples: problem.x.count, fill: fill(problem))
    let expected = problem.expected()
    let y = rows(executor, executor.result(ofMicroshard:))
    #expect(error(y.flatMap { $0 }, expected.y.flatMap { $0 }) < tolerance, "y")
    let dx = rows(executor, executor.inputGradient(ofMicroshard:))
    #expect(error(dx.flatMap { $0 }, expected.dx.flatMap { $0 }) < tolerance, "dx")
    let gradients = try executor.gradients()
    #expect(error(try gradients[0].floats, expected.dGamma) < tolerance, "dγ")
    #expect(error(try gradients[1].floats, expected.dBeta) < tolerance, "dβ")
    #expect(error(try state(executor, "running_mean"), expected.runningMean) < tolerance, "running mean")
    #expect(
      error(try state(executor, "running_var"), expected.runningVariance) < tolerance, "running variance")
  }

  // MARK: - Laws

  struct Case: Sendable, CustomTestStringConvertible {
    var shape: Shape
    var microshards: Int
    var samples: Int
    var statistics: BatchStatistics
    var partition: MicroshardPartition { MicroshardPartition(batchSize: 24, count: microshards) }
    var groups: [Range<Int>] {
      statistics == .microshard
        ? (0..<microshards).map { partition.positions(of: $0, samples: samples) } : [0..<samples]
    }
    var testDescription: String { "\(samples) samples of \(shape) in \(microshards), \(statistics)" }

    /// Full batches, and ones with short and empty microshards; channels below, at and beyond a block's.
    static let shapes = [Shape(3, 5, 4), Shape(16, 3, 3), Shape(21, 2, 2), Shape(1, 17, 17), Shape(19)]
    static let all = shapes.flatMap { shape in
      [1, 3, 8].flatMap { microshards in
        [24, 11].flatMap { samples in
          [BatchStatistics.global, .rank, .microshard].map {
            Case(shape: shape, microshards: microshards, samples: samples, statistics: $0)
          }
        }
      }
    }
  }

  @Test("results, gradients and running statistics follow the formulas", arguments: Case.all)
  func formulas(test: Case) throws {
    let problem = try problem(test.shape, samples: test.samples, groups: test.groups)
    try check(problem, test.partition, test.statistics)
  }

  @Test("epsilon and momentum are those of the layer")
  func constants() throws {
    let problem = try problem(
      Shape(5, 3, 3), samples: 6, groups: [0..<6], epsilon: 0.25, momentum: 0.75)
    try check(problem, MicroshardPartition(batchSize: 6, count: 2), .global)
  }

  @Test("a large mean does not drown a small variance", arguments: [1, 4], [Shape(3, 9, 9), Shape(18)])
  func largeMean(microshards: Int, shape: Shape) throws {
    let problem = try problem(shape, samples: 64, groups: [0..<64], center: 1000, spread: 0.01)
    let executor = try executor(problem, MicroshardPartition(batchSize: 64, count: microshards))
    _ = try executor.forwardBackward(samples: 64, fill: fill(problem))
    let expected = problem.expected()
    let y = rows(executor, executor.result(ofMicroshard:))
    // Floats near 1000 are 6e-5 apart, 0.006 of the deviation: a mean in single precision would be seen.
    #expect(error(y.flatMap { $0 }, expected.y.flatMap { $0 }) < 1e-5, "y")
    #expect(error(try state(executor, "running_mean"), expected.runningMean) < 1e-6, "running mean")
    // What was added to 0.9, which is rounded to 6e-8 and so to 0.006 of the 1e-5 added.
    let added = try state(executor, "running_var").map { Float(Double($0) - 0.9) }
    #expect(error(added, expected.runningVariance.map { $0 - 0.9 }) < 0.02, "running variance")

    // The control: the mean of the squares less the square of the mean is lost in the rounding.
    let values = problem.x.flatMap { $0.prefix(shape.pixels) }
    let (sum, squares) = values.reduce((Float(0), Float(0))) { ($0.0 + $1, $0.1 + $1 * $1) }
    let naive = squares / Float(values.count) - (sum / Float(values.count)) * (sum / Float(values.count))
    #expect(abs(Double(naive) / 1e-4 - 1) > 1)
  }

  @Test(
    "one element a channel gives β, no gradient, and a variance of 0", arguments: BatchStatistics.allTested)
  func oneElement(statistics: BatchStatistics) throws {
    let problem = try problem(Shape(5), samples: 1, groups: [0..<1])
    let executor = try executor(problem, MicroshardPartition(batchSize: 4, count: 4), statistics)
    _ = try executor.forwardBackward(samples: 1, fill: fill(problem))
    #expect(executor.result(ofMicroshard: 0) == [problem.beta])
    #expect(executor.inputGradient(ofMicroshard: 0).joined().allSatisfy { abs($0) < 1e-4 })
    #expect(try state(executor, "running_var").allSatisfy { abs($0 - 0.9) < 1e-6 })
    #expect(error(try state(executor, "running_mean"), problem.x[0].map { 0.1 * Double($0) }) < 1e-6)
  }

  @Test("how a batch is cut changes global statistics only by rounding, and microshard statistics in earnest")
  func cuts() throws {
    let problem = try problem(Shape(4, 3, 3), samples: 16, groups: [0..<16])
    func result(_ count: Int, _ statistics: BatchStatistics) throws -> [Float] {
      let executor = try executor(problem, MicroshardPartition(batchSize: 16, count: count), statistics)
      _ = try executor.forwardBackward(samples: 16, fill: fill(problem))
      return rows(executor, executor.result(ofMicroshard:)).flatMap { $0 }
    }
    let whole = try result(1, .global)
    #expect(try result(1, .microshard) == whole)
    #expect(error(try result(8, .global), whole.map(Double.init)) < 1e-6)
    #expect(error(try result(8, .microshard), whole.map(Double.init)) > 0.1)
  }

  @Test("empty microshards change nothing", arguments: BatchStatistics.allTested)
  func emptyMicroshards(statistics: BatchStatistics) throws {
    // Three of eight microshards hold the batch; two are full in both partitions, and the tree over the first four
    // leaves is the same.
    let problem = try problem(Shape(4, 3, 3), samples: 9, groups: [0..<9])
    func tensors(_ batchSize: Int, _ count: Int) throws -> [StateTensor] {
      let executor = try executor(
        problem, MicroshardPartition(batchSize: batchSize, count: count), statistics)
      _ = try executor.forwardBackward(samples: 9, fill: fill(problem))
      return try executor.state() + executor.gradients()
    }
    #expect(try tensors(24, 8) == tensors(9, 3))
  }

  @Test("running statistics are the recurrence of all batches' own; only training counts batches")
  func recurrence() throws {
    let problems = try (0..<4).map { index in
      try problem(
        Shape(6, 2, 2), samples: 7 + index, groups: [0..<7 + index], center: Float(index), momentum: 0.3)
    }
    let executor = try executor(problems[0], MicroshardPartition(batchSize: 12, count: 3))
    var (mean, variance) = ([Double](repeating: 0, count: 6), [Double](repeating: 1, count: 6))
    for (index, problem) in problems.enumerated() {
      _ = try executor.forwardBackward(samples: problem.x.count, fill: fill(problem))
      let batch = problem.expected()
      for channel in 0..<6 {
        // `expected` is one step from 0 and 1.
        mean[channel] = 0.7 * mean[channel] + batch.runningMean[channel]
        variance[channel] = 0.7 * variance[channel] + batch.runningVariance[channel] - 0.7
      }
      #expect(error(try state(executor, "running_mean"), mean) < 1e-5)
      #expect(error(try state(executor, "running_var"), variance) < 1e-5)
      _ = try executor.evaluate(samples: problem.x.count, fill: fill(problem))
      let tracked = try #require(try executor.state().last)
      #expect(tracked.name == "bn.num_batches_tracked" && tracked.elements == .integers([Int64(index + 1)]))
    }
  }

  @Test("evaluation normalizes with the running statistics")
  func evaluation() throws {
    let problem = try problem(Shape(6, 2, 2), samples: 5, groups: [0..<5])
    let executor = try executor(problem, MicroshardPartition(batchSize: 8, count: 3))
    _ = try executor.forwardBackward(samples: 5, fill: fill(problem))
    let (mean, variance) = (try state(executor, "running_mean"), try state(executor, "running_var"))
    _ = try executor.evaluate(samples: 5, fill: fill(problem))
    let expected = problem.x.map { row in
      row.indices.map { index in
        let channel = index / problem.shape.pixels
        return Double(problem.gamma[channel]) * (Double(row[index]) - Double(mean[channel]))
          / (Double(variance[channel]) + 1e-5).squareRoot() + Double(problem.beta[channel])
      }
    }
    let y = rows(executor, executor.result(ofMicroshard:))
    #expect(error(y.flatMap { $0 }, expected.flatMap { $0 }) < 1e-6)
  }
}

extension BatchStatistics {
  static let allTested: [BatchStatistics] = [.global, .rank, .microshard]
}
