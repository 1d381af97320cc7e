import Mistakes
import NeuralNetworks

/// The sums of one batch normalization in a pass of Hessian products, and the coefficients that they become.
final class NormalizationSums {
  /// A sum that the pass takes, in this order.
  enum Part: Int, CaseIterable {
    /// Moments of x.
    case moments
    /// Σẋ and Σẋ x̂.
    case tangents
    /// Σg, Σg x̂ and their derivatives.
    case gradients
  }

  /// Over what the sums are taken.
  let statistics: BatchStatistics
  /// By part, the position of its sum over the ranks; none for statistics that stay on a rank.
  let positions: [Int]
  private let channels: Int
  private let epsilon: Double
  private let leaves: [SumLeaves]
  private let results: [UnsafeMutableRawPointer]
  /// Those of all microshards, or by local microshard its own.
  private let coefficients: [NormalizationCoefficients]

  /// The sums that a batch normalization of as many channels needs.
  static func sums(_ path: String, channels: Int) -> [BatchSum] {
    [
      BatchSum(kind: .moments, count: 1 + 2 * channels, name: path + " statistics"),
      BatchSum(kind: .sums, count: 2 * channels, name: path + " tangents"),
      BatchSum(kind: .sums, count: 4 * channels, name: path + " gradients"),
    ]
  }

  /// Makes the memory of the sums.
  ///
  /// - Parameters:
  ///   - positions: by part, the position of the sum in `memory`; none for statistics that stay on a rank.
  ///   - memory: the memory of the sums over the ranks.
  init(
    _ path: String, _ normalization: Operation.Normalization, channels: Int, statistics: BatchStatistics,
    share: RankShare, positions: [Int], memory: [BatchSumMemory]
  ) {
    (self.statistics, self.positions, self.channels) = (statistics, positions, channels)
    epsilon = normalization.epsilon
    leaves = Self.sums(path, channels: channels).enumerated().map { part, sum in
      SumLeaves(sum, on: share, summands: positions.isEmpty ? nil : memory[positions[part]].summands)
    }
    results = positions.map { memory[$0].result }
    coefficients = (0..<(statistics == .microshard ? share.microshards.count : 1)).map { _ in
      NormalizationCoefficients(count: channels)
    }
  }

  /// The coefficients of a local microshard.
  func coefficients(_ local: Int) -> NormalizationCoefficients {
    coefficients[statistics == .microshard ? local : 0]
  }

  /// Begins a batch with scales and shifts.
  ///
  /// - Parameters:
  ///   - parameters: scale and shift.
  ///   - direction: the part of the direction that belongs to them.
  ///   - running: running mean and variance.
  func begin(
    parameters: [UnsafeMutablePointer<Float>], direction: [UnsafeMutablePointer<Float>],
    running: [UnsafeMutablePointer<Float>]
  ) {
    for coefficients in coefficients {
      coefficients.set(
        gamma: parameters[0], beta: parameters[1], gammaTangent: direction[0], betaTangent: direction[1])
      if statistics == .running {
        coefficients.set(mean: running[0], variance: running[1], epsilon: epsilon)
      }
    }
  }

  /// Where a local microshard writes its summand, zeros at first.
  func leaf(_ part: Part, _ local: Int) -> UnsafeMutablePointer<Double> {
    let leaf = leaves[part.rawValue].leaves[local].assumingMemoryBound(to: Double.self)
    leaf.update(repeating: 0, count: leaves[part.rawValue].sum.count)
    return leaf
  }

  /// Adds up the summands of a part, over the ranks where that is due, and sets the coefficients.
  func finish(_ part: Part, _ reduction: any BatchReduction) throws {
    let leaves = leaves[part.rawValue]
    switch statistics {
    case .global:
      leaves.fold()
      try reduction.start(positions[part.rawValue])
      try reduction.finish(positions[part.rawValue])
      set(part, results[part.rawValue], coefficients[0])
    case .rank:
      if let sum = leaves.foldRank() { set(part, sum, coefficients[0]) }
    case .microshard:
      for (leaf, coefficients) in zip(leaves.leaves, coefficients) { set(part, leaf, coefficients) }
    case .running: break
    }
  }

  private func set(_ part: Part, _ sums: UnsafeMutableRawPointer, _ coefficients: NormalizationCoefficients) {
    let sums = sums.assumingMemoryBound(to: Double.self)
    switch part {
    case .moments: coefficients.set(moments: sums, epsilon: epsilon)
    case .tangents: coefficients.set(tangents: sums)
    case .gradients: coefficients.set(gradients: sums)
    }
  }
}
