import CanonicalTree
import Datasets
import Execution
import Foundation
import LockstepProgram
import Minimization
import NeuralNetworks
import Testing

/// Curvature with all its errors, against a network's whole Hessian by PyTorch in double precision.
@Suite struct WholeHessianTests {
  /// What `Tests/ExecutionTests/Golden/make_hessian.py` makes.
  private struct Golden: Decodable {
    struct Whole: Decodable {
      var parameters: [Float]
      var images: [Float]
      var trace: Double
      var eigenvalues: [Double]
    }
    var whole: Whole
  }

  private static func golden() throws -> Golden.Whole {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ExecutionTests/Golden/hessian.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: path)).whole
  }

  private static func hessian(_ golden: Golden.Whole) throws -> LossHessian {
    let graph = try Graph(
      input: Shape(6), loss: .softmaxCrossEntropy,
      model: Sequential(Linear(8), Activation.relu, Linear(6), Activation.relu, Linear(4)))
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: 4),
      options: Executor.Options(partition: MicroshardPartition(batchSize: 10, count: 4)))
    try executor.setParameters(golden.parameters)
    let gradient = LossGradient(
      executor, batches: Batches(sampleCount: golden.images.count / 6, batchSize: 10)
    ) { sample, memory in
      for index in 0..<6 { memory.input[index] = golden.images[6 * sample + index] }
      memory.label.pointee = Int32(3 * sample % 4)
    }
    return try LossCurvatureTests.hessian(of: gradient, microshards: 4)
  }

  @Test(
    "eigenvalues, trace and verdict of a network with kinks are PyTorch's, within the errors that are told")
  func errors() throws {
    let golden = try Self.golden()
    let hessian = try Self.hessian(golden)
    let (least, most) = (try #require(golden.eigenvalues.first), try #require(golden.eigenvalues.last))
    for (seed, stepLimit) in [(0, 4), (1, 4), (2, 12), (3, 40), (4, 40), (5, 200)] {
      let found = try LossCurvature(hessian, stepLimit: stepLimit, probeCount: 10, seed: UInt64(seed))
      let spectrum = found.spectrum
      for value in spectrum.ritzValues {
        #expect(golden.eigenvalues.contains { abs($0 - value.value) <= found.error(of: value) })
      }
      #expect(found.mostEigenvalue >= most && found.leastEigenvalue <= least)
      #expect(found.point == .saddle || stepLimit == 4)
      #expect(spectrum.ending != .converged || spectrum.ritzValues.count > 8)
      if stepLimit >= 40 {
        #expect(abs(spectrum.largest.value - most) <= found.error(of: spectrum.largest))
        #expect(abs(spectrum.smallest.value - least) <= found.error(of: spectrum.smallest))
        #expect(found.error(of: spectrum.largest) < 1e-4 * most)
        #expect(found.rounding.productError < 1e-5 * found.rounding.scale)
      }
    }
  }

  @Test("the trace lies within its error in 95 of 100 cases")
  func trace() throws {
    let golden = try Self.golden()
    let hessian = try Self.hessian(golden)
    let count = golden.parameters.count
    var matrix = DenseMatrix(rowCount: count, columnCount: count)
    for column in 0..<count {
      let unit = (0..<count).map { $0 == column ? 1.0 : 0 }
      for (row, value) in try hessian.product(at: golden.parameters, with: unit).enumerated() {
        matrix[row, column] = value
      }
    }
    #expect(abs(matrix.diagonal.reduce(0, +) - golden.trace) < 1e-5 * golden.trace)
    let eigenvalues = try symmetricEigen(matrix).values
    for (found, expected) in zip(eigenvalues, golden.eigenvalues) { #expect(abs(found - expected) < 1e-6) }
    for probeCount in [2, 4, 10] {
      var (held, heldByOne) = (0, 0)
      for seed in 0..<400 {
        let trace = try TraceEstimate(
          dimension: count, probeCount: probeCount, seed: UInt64(seed), product: matrix.times)
        let error = abs(trace.value - golden.trace)
        if error <= LossCurvature.halfWidth(of: trace) { held += 1 }
        if error <= trace.standardError { heldByOne += 1 }
      }
      // Four standard deviations of a count of 400; one standard error, the control, does not do.
      #expect((363...397).contains(held), "\(probeCount) probes: \(held)")
      #expect(heldByOne < 320, "\(probeCount) probes: \(heldByOne)")
    }
  }
}
