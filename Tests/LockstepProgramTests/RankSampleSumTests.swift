import DataParallel
import Foundation
import MPI
import Minimization
import Testing
import Training

extension RanksTests {
  /// Sums over samples, made by all ranks together.
  @Suite struct SampleSums {
    /// Samples whose sums show every order of summation: features of different sizes.
    private func data(classes: Int?) throws -> RegressionData {
      let count = 41
      let features = (0..<count).flatMap { sample -> [Double] in
        let t = Double(sample)
        return [sin(t), 100 * sin(1.7 * t), 0.01 * sin(2.3 * t)]
      }
      let targets = (0..<count).map { sample -> Double in
        if let classes { Double(sample * 7 % classes) } else { 3 * sin(0.9 * Double(sample)) }
      }
      return try RegressionData(features: features, featureCount: 3, targets: targets)
    }

    private func regressions(_ sum: any SampleSum) throws -> [RegressionObjective] {
      [
        try RegressionObjective(.linear, data: data(classes: nil), penalty: 0.1, sum: sum),
        try RegressionObjective(.logistic, data: data(classes: 2), sum: sum),
        try RegressionObjective(.softmax(classes: 3), data: data(classes: 3), sum: sum),
      ]
    }

    /// Everything that a regression sums, as bits.
    private func bits(_ objective: RegressionObjective) throws -> [UInt64] {
      let x = (0..<objective.dimension).map { sin(Double($0 + 1)) }
      let (value, gradient) = try objective.valueAndGradient(at: x)
      let hessian = try objective.hessian(at: x)
      let product = try objective.hessianProduct(at: x, with: x)
      let batch = try objective.gradient(at: x, samples: [40, 3, 17, 3, 0])
      let single = try objective.gradient(at: x, samples: [8])
      let numbers = [
        [value, try objective.value(at: x)], gradient, hessian.elements, product, batch, single,
      ]
      return numbers.joined().map(\.bitPattern)
    }

    @Test(
      "are the bits of one process, for any number of microshards, of all samples and of batches",
      arguments: 1...9)
    func sums(microshardCount: Int) throws {
      try MPIEnvironment.withTestWorld { world in
        guard microshardCount >= world.size else { return }
        let sum = RankSampleSum(try Topology(world), microshardCount: microshardCount)
        #expect(sum.microshardCount == microshardCount)
        let serial = SerialSampleSum(microshardCount: microshardCount)
        for (found, expected) in zip(try regressions(sum), try regressions(serial)) {
          #expect(try bits(found) == bits(expected), "\(found.model)")
        }
        try world.barrier()
        try sum.free()
      }
    }

    @Test("make every point of a run the same bits, line search and minibatches included")
    func runs() throws {
      try MPIEnvironment.withTestWorld { world in
        let sum = RankSampleSum(try Topology(world), microshardCount: 8)
        func trace(_ sum: any SampleSum) throws -> [[UInt64]] {
          let minibatches = StochasticGradientDescent(
            learningRate: .constant(1e-4), estimate: .minibatch(size: 5), seed: 1, evaluationInterval: 3)
          let methods: [any DescentMethod] = [
            Newton(.backtracking()), GradientDescent(.backtracking()), minibatches,
          ]
          return try regressions(sum).flatMap { objective in
            try methods.map { method in
              var bits: [UInt64] = []
              let start = [Double](repeating: 0, count: objective.dimension)
              _ = try Minimizer(method: method, stepLimit: 9).minimize(
                objective, from: start
              ) {
                bits += ($0.x + [$0.value, $0.gradientNorm, $0.stepLength]).map(\.bitPattern)
              }
              return bits
            }
          }
        }
        let found = try trace(sum)
        #expect(found == (try trace(SerialSampleSum(microshardCount: 8))))
        #expect(found != (try trace(SerialSampleSum(microshardCount: 5))), "other microshards, other bits")
        try world.barrier()
        try sum.free()
      }
    }
  }
}
