import Minimization
import Randomness

/// Random vectors for tests, named by a seed.
struct Probe {
  private var random: Philox

  init(_ seed: UInt64) { random = Philox(seed: seed, purpose: .test) }

  /// Independent normal numbers of a standard deviation.
  mutating func vector(_ count: Int, deviation: Double = 1) -> [Double] {
    (0..<count).map { _ in deviation * Double(random.normal()) }
  }

  /// A matrix of independent normal numbers.
  mutating func matrix(_ rowCount: Int, _ columnCount: Int) -> DenseMatrix {
    DenseMatrix(rows: (0..<rowCount).map { _ in vector(columnCount) })
  }
}

func inner(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }

func minus(_ left: [Double], _ right: [Double]) -> [Double] { zip(left, right).map { $0 - $1 } }

func length(_ vector: [Double]) -> Double { inner(vector, vector).squareRoot() }

/// The Euclidean distance of two points.
func separation(_ left: [Double], _ right: [Double]) -> Double { length(minus(left, right)) }
