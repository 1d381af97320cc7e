import Minimization
import Testing

/// A symmetric matrix and a name for the reports of tests.
struct NamedMatrix: Sendable {
  var name: String
  var matrix: DenseMatrix

  init(_ name: String, eigenvalues: [Double]) throws {
    self.name = name
    matrix = try Quadratic(eigenvalues: eigenvalues, seed: UInt64(eigenvalues.count)).matrix
  }
}

@Suite("Lanczos")
struct LanczosTests {
  static func matrices() throws -> [NamedMatrix] {
    var probe = Probe(6)
    let size = 60
    let linear = (0..<size).map { Double($0) }
    return try [
      NamedMatrix("random", eigenvalues: probe.vector(size)),
      NamedMatrix("clustered", eigenvalues: linear.map { $0 < 30 ? 1 + 1e-7 * $0 : 100 - 1e-7 * $0 }),
      NamedMatrix("degenerate", eigenvalues: linear.map { ($0 / 20).rounded(.down) - 1 }),
      NamedMatrix("negative", eigenvalues: linear.map { -1 - $0 * $0 }),
      NamedMatrix("wide", eigenvalues: linear.map { $0 < 30 ? 1 / (1 + $0) : 1e6 / $0 }),
      NamedMatrix("rank one", eigenvalues: linear.map { $0 == 7 ? -3 : 0 }),
      NamedMatrix("identity", eigenvalues: linear.map { _ in 1 }),
      NamedMatrix("one dimension", eigenvalues: [-2.5]),
    ]
  }

  @Test("Extreme eigenvalues as LAPACK finds them", arguments: [Lanczos.Storage.double, .single])
  func extremes(storage: Lanczos.Storage) throws {
    // Single precision keeps 24 bits of each basis vector.
    let precision = storage == .double ? 1e-12 : 1e-6
    for named in try Self.matrices() {
      let exact = try symmetricEigen(named.matrix).values
      let scale = max(abs(exact[0]), abs(exact[exact.count - 1]))
      for seed in 0..<3 {
        let lanczos = Lanczos(stepLimit: 60, tolerance: precision, storage: storage, seed: UInt64(seed))
        let result = try lanczos.eigenvalues(dimension: exact.count, product: named.matrix.times)
        #expect(result.ending != .stepLimit, "\(named.name)")
        #expect(abs(result.smallest.value - exact[0]) <= 2 * precision * scale, "\(named.name)")
        #expect(abs(result.largest.value - exact[exact.count - 1]) <= 2 * precision * scale, "\(named.name)")
      }
    }
  }

  @Test("Within each bound lies an eigenvalue, however early the run ends")
  func bounds() throws {
    for named in try Self.matrices() {
      let exact = try symmetricEigen(named.matrix).values
      let scale = max(abs(exact[0]), abs(exact[exact.count - 1]))
      for stepLimit in [1, 2, 3, 5, 8, 13, 30] {
        for (storage, rounding) in [(Lanczos.Storage.double, 1e-13), (.single, 1e-6)] {
          let result = try Lanczos(stepLimit: stepLimit, tolerance: 0, storage: storage).eigenvalues(
            dimension: exact.count, product: named.matrix.times)
          #expect(result.ritzValues.count <= stepLimit)
          for ritz in result.ritzValues {
            let distance = exact.reduce(.infinity) { min($0, abs($1 - ritz.value)) }
            #expect(distance <= ritz.errorBound + rounding * scale, "\(named.name), \(stepLimit)")
          }
        }
      }
    }
  }

  /// Eigenvalues of a kind that deceives: hundreds near 1, and one at either end that few start vectors see soon.
  private static let hidden: [Double] = (0..<800).map { 1 + 0.02 * Double($0) / 800 } + [0.8, 1.25]

  @Test(
    "An eigenvalue that a short run overlooks lies no farther out than it says, and none has converged so soon"
  )
  func overlooked() throws {
    let exact = Self.hidden
    let (least, most) = (0.8, 1.25)
    var (missed, told) = (0, 0)
    for stepLimit in [2, 4, 8, 16, 24] {
      for seed in 0..<20 {
        // A tolerance that the bounds meet at once.
        let result = try Lanczos(stepLimit: stepLimit, tolerance: 0.02, seed: UInt64(seed)).eigenvalues(
          dimension: exact.count
        ) { zip($0, exact).map { $0 * $1 } }
        #expect(result.ending != .converged || result.ritzValues.count > 10)
        #expect(result.largest.value + result.overlooked >= most)
        #expect(result.smallest.value - result.overlooked <= least)
        if result.largest.value + result.largest.errorBound < most { missed += 1 }
        if result.overlooked.isFinite { told += 1 }
      }
    }
    // The control: the bounds alone would not do. And the limits are worth something.
    #expect(missed > 10 && told >= 40)
    let part = Lanczos.overlookedPart(dimension: exact.count, products: 24)
    #expect(part < 0.05 && Lanczos.overlookedPart(dimension: exact.count, products: 4) == 1)
  }

  @Test("A whole run finds every eigenvalue once: rounding makes no copies")
  func noCopies() throws {
    // Eigenvalues that converge early return as copies if the basis is not kept orthogonal.
    let eigenvalues = (0..<40).map { index in index < 3 ? 1e6 * Double(index + 1) : Double(index) }
    let matrix = try Quadratic(eigenvalues: eigenvalues, seed: 9).matrix
    let exact = try symmetricEigen(matrix).values
    let result = try Lanczos(stepLimit: 100, tolerance: 0).eigenvalues(dimension: 40, product: matrix.times)
    #expect(result.ending == .invariantSubspace && result.ritzValues.count == 40)
    for (ritz, value) in zip(result.ritzValues, exact) { #expect(abs(ritz.value - value) < 1e-8) }
  }

  @Test("The distinct eigenvalues are as many as the steps it takes")
  func invariantSubspaces() throws {
    for (values, count) in [([2, 2, 2, 2.0], 1), ([1, 1, 5, 5.0], 2), ([0, 0, 0, 0.0], 1)] {
      let result = try Lanczos(stepLimit: 10, tolerance: 0).eigenvalues(dimension: 4) {
        zip($0, values).map { $0 * $1 }
      }
      #expect(result.ending == .invariantSubspace && result.ritzValues.count == count)
      for ritz in result.ritzValues { #expect(values.contains { abs($0 - ritz.value) < 1e-14 }) }
    }
  }

  @Test("The same seed gives the same bits, another other ones")
  func seeds() throws {
    let matrix = try Self.matrices()[0].matrix
    func run(_ seed: UInt64) throws -> Lanczos.Result {
      try Lanczos(stepLimit: 5, seed: seed).eigenvalues(dimension: matrix.rowCount, product: matrix.times)
    }
    #expect(try run(1) == run(1))
    #expect(try run(1) != run(2))
    #expect(try run(1).ending == .stepLimit)
  }

  @Test("A product that is no number is named")
  func notFinite() throws {
    var count = 0
    let error = #expect(throws: OperatorError.self) {
      try Lanczos(stepLimit: 5).eigenvalues(dimension: 3) { vector in
        count += 1
        return count == 2 ? [0, .nan, 0] : [vector[0], 2 * vector[1], 3 * vector[2]]
      }
    }
    #expect(error == .productNotFinite(product: 2))
  }
}

@Suite("Rounding of operators")
struct OperatorRoundingTests {
  @Test("The error is what moved operators show, where the operator is large and for random vectors")
  func changes() throws {
    let values = (0..<50).map { $0 == 7 ? 100 : Double($0 % 5) }
    let found = try OperatorRounding(dimension: 50, precision: 1e-9, seed: 3) { vector, neighbour in
      // Each neighbour is off by a part of the product, another one each.
      let part = neighbour.map { 1e-3 * Double($0 + 1) } ?? 0
      return zip(vector, values).map { $0 * $1 * (1 + part) }
    }
    #expect(abs(found.scale - 100) < 1)
    #expect(abs(found.productError - 0.3) < 0.01)
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(found.probeError - 3e-3 * length) < 1e-9)
    let still = try OperatorRounding(dimension: 50, precision: 1e-3, seed: 3) { vector, _ in vector }
    #expect(abs(still.productError - 1e-3) < 1e-9 && abs(still.probeError - 1e-3 * 50.0.squareRoot()) < 1e-9)
    let zero = try OperatorRounding(dimension: 3, precision: 1e-9, seed: 0) { vector, _ in
      vector.map { _ in 0 }
    }
    #expect(zero.scale == 0 && zero.productError == 0 && zero.probeError == 0)
  }

  @Test("A product that is no number is named")
  func notFinite() {
    #expect(throws: OperatorError.productNotFinite(product: 1)) {
      try OperatorRounding(dimension: 1, precision: 1e-9, seed: 0) { _, _ in [.nan] }
    }
  }
}

@Suite("Traces")
struct TraceTests {
  @Test("That of a diagonal operator is exact")
  func diagonal() throws {
    let values = [3, -1, 0.5, 8, -2.25]
    let trace = try TraceEstimate(dimension: 5, probeCount: 3, seed: 1) { zip($0, values).map { $0 * $1 } }
    #expect(trace.value == 8.25 && trace.standardError == 0 && trace.probeCount == 3)
  }

  @Test("The standard error is what theory says, and tells how far the estimate is off")
  func standardError() throws {
    let matrix = try Quadratic(eigenvalues: (1...30).map { Double($0) }, seed: 3).matrix
    let probeCount = 400
    let squares = (0..<30).flatMap { row in (0..<30).map { row == $0 ? 0 : matrix[row, $0] * matrix[row, $0] }
    }
    let theory = (2 * squares.reduce(0, +) / Double(probeCount)).squareRoot()
    var within = 0
    for seed in 0..<10 {
      let trace = try TraceEstimate(
        dimension: 30, probeCount: probeCount, seed: UInt64(seed), product: matrix.times)
      #expect(abs(trace.standardError / theory - 1) < 0.2)
      if abs(trace.value - 465) <= 2 * trace.standardError { within += 1 }
      #expect(abs(trace.value - 465) <= 4 * trace.standardError)
    }
    #expect(within >= 7)
  }
}
