import Foundation

/// The learning rate η of stochastic gradient descent as a function of the step t, which is 1 for the first.
///
/// Zhang, Lipton, Li, Smola: "Dive into Deep Learning", section 12.4.2, whose program counts t from 2: its rates are those
/// from the second step on.
public enum LearningRate: Hashable, Sendable {
  /// η, always.
  case constant(Double)
  /// η e^(−λ t): so fast a decay can stop short of a minimum.
  case exponential(Double, decay: Double)
  /// η (1 + β t)^(−α); ½ < α ≤ 1 makes it converge on a convex objective.
  ///
  /// Robbins, Monro: "A Stochastic Approximation Method", Annals of Mathematical Statistics 22, 1951,
  /// doi:10.1214/aoms/1177729586.
  case polynomial(Double, decay: Double, power: Double)

  /// The rate of step t.
  public func callAsFunction(_ t: Int) -> Double {
    switch self {
    case .constant(let rate): rate
    case .exponential(let rate, let decay): rate * exp(-decay * Double(t))
    case .polynomial(let rate, let decay, let power): rate * pow(1 + decay * Double(t), -power)
    }
  }
}
