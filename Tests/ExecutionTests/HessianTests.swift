import CanonicalTree
import Execution
import Minimization
import NeuralNetworks
import Randomness
import Testing

/// Hessian products of a small network, by differences of the executor's gradients, and what Lanczos' method makes of
/// them, against the explicit Hessian: differences of the loss, evaluated plainly in double precision.
@Suite struct HessianTests {
  /// A network with its explicit Hessian.
  struct Problem {
    let executor: Executor
    let batch: RandomBatch
    let point: [Double]
    let hessian: DenseMatrix

    /// Half the distance of the points of a second difference.
    private static let step = 1e-3
    private static let samples = 5

    init(_ statistics: BatchStatistics) throws {
      let graph = try Graph(
        input: Shape(2, 3, 3), loss: .softmaxCrossEntropy,
        model: Sequential(
          Convolution2D(3, kernel: 3, padding: 1, bias: false), BatchNorm(), Activation.sigmoid,
          GlobalAveragePooling2D(), Flatten(), Linear(3)))
      executor = try Executor.serial(
        graph,
        Executor.Options(
          partition: MicroshardPartition(batchSize: 6, count: 3), statistics: statistics))
      try executor.loadRandomBuffers()
      batch = RandomBatch(graph, samples: Self.samples)
      point = try executor.parameterVector().map { Double($0) }

      let state = try executor.state()
      var reference = ReferenceInterpreter(
        graph: graph, parameters: [], groups: [0..<Self.samples],
        running: try statistics == .running ? state.doubles(graph.buffers.map(\.path)) : nil)
      let (inputs, labels) = (batch.inputs.map { $0.map(Double.init) }, batch.labels.map(Int.init))
      func loss(_ parameters: [Double]) -> Double {
        var rest = parameters[...]
        reference.parameters = graph.parameters.map { parameter in
          defer { rest = rest.dropFirst(parameter.shape.count) }
          return Array(rest.prefix(parameter.shape.count))
        }
        return reference.loss(inputs, labels: labels, targets: [])
      }
      var hessian = DenseMatrix(rowCount: point.count, columnCount: point.count)
      for row in point.indices {
        for column in 0...row {
          var sum = 0.0
          for (first, second) in [(1.0, 1.0), (1, -1), (-1, 1), (-1, -1)] {
            var moved = point
            moved[row] += first * Self.step
            moved[column] += second * Self.step
            sum += first * second * loss(moved)
          }
          hessian[row, column] = sum / (4 * Self.step * Self.step)
          hessian[column, row] = hessian[row, column]
        }
      }
      self.hessian = hessian
    }

    func difference() throws -> HessianDifference {
      try HessianDifference(at: point, precision: Double(Float.ulpOfOne), seed: 3) { parameters in
        try executor.setParameters(parameters.map { Float($0) })
        _ = try executor.forwardBackward(samples: Self.samples, fill: batch.fill)
        return try executor.gradientVector().map { Double($0) }
      }
    }
  }

  @Test(
    "products are those of the explicit Hessian, within the error that is told",
    arguments: BatchStatistics.examined)
  func products(statistics: BatchStatistics) throws {
    let problem = try Problem(statistics)
    let difference = try problem.difference()
    #expect(difference.productError < 1e-2 * difference.scale)
    for seed in 0..<5 {
      var random = Philox(seed: UInt64(seed), purpose: .test)
      let vector = problem.point.map { _ in Double(random.normal()) }
      let errors = zip(try difference.product(with: vector), problem.hessian.times(vector)).map { $0 - $1 }
      #expect(length(errors) <= 3 * difference.productError * length(vector))
    }
  }

  @Test(
    "Lanczos' extreme eigenvalues are LAPACK's, within the bounds that are told",
    arguments: BatchStatistics.examined)
  func lanczos(statistics: BatchStatistics) throws {
    let problem = try Problem(statistics)
    let exact = try symmetricEigen(problem.hessian).values
    let difference = try problem.difference()
    for stepLimit in [12, 30] {
      let found = try Lanczos(stepLimit: stepLimit, tolerance: 0, storage: .single, seed: 5)
        .eigenvalues(dimension: problem.point.count, product: difference.product)
      let (largest, smallest) = (try #require(exact.last), try #require(exact.first))
      let noise = 2 * difference.productError
      #expect(abs(found.largest.value - largest) <= found.largest.errorBound + noise)
      #expect(abs(found.smallest.value - smallest) <= found.smallest.errorBound + noise)
      for value in found.ritzValues {
        #expect(exact.contains { abs($0 - value.value) <= value.errorBound + noise })
      }
      // The bounds are worth something: the largest eigenvalue is known to a hundredth.
      #expect(found.largest.errorBound + noise < 1e-2 * largest)
    }
  }

  @Test("the trace is within four standard errors", arguments: BatchStatistics.examined)
  func trace(statistics: BatchStatistics) throws {
    let problem = try Problem(statistics)
    let found = try TraceEstimate(
      dimension: problem.point.count, probeCount: 20, seed: 1, product: problem.difference().product)
    let exact = problem.hessian.diagonal.reduce(0, +)
    #expect(abs(found.value - exact) <= 4 * found.standardError)
    #expect(found.standardError < abs(exact))
  }

  private func length(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension BatchStatistics {
  /// Those of which curvature is examined: of training and of evaluation.
  fileprivate static let examined: [BatchStatistics] = [.global, .running]
}
