import Mistakes

/// An exponential moving average of the weights over the steps of a training, which is evaluated in their stead.
///
/// After each step an average a of weights w becomes
///
///     a ← a + (1 − β) (w − a)
///
/// and after the first one w: PyTorch's `AveragedModel` with `get_ema_multi_avg_fn(β)`. Averages of single precision, rounded
/// operation by operation.
///
/// Polyak, Juditsky 1992: "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30 (4); with the
/// exponential weights of Szegedy et al. 2015, arXiv:1512.00567, section 8.
public struct WeightAverage: Hashable, Sendable {
  /// The decay β of what was averaged before, 0 ≤ β < 1: 1/(1 − β) steps count.
  public let decay: Double

  /// Makes an average.
  ///
  /// - Parameter decay: β, 0 ≤ β < 1.
  public init(decay: Double) {
    require(decay >= 0 && Float(decay) < 1, "decay \(decay) is not in 0 ..< 1 in single precision")
    self.decay = decay
  }

  /// Takes up the weights after a step.
  ///
  /// - Parameters:
  ///   - average: the averages, which are updated in place.
  ///   - weights: as many weights, elsewhere in memory.
  ///   - isFirst: whether nothing was averaged before.
  /// - Complexity: O(*n*), at the speed of memory.
  package func update(
    _ average: UnsafeMutableBufferPointer<Float>, _ weights: UnsafeBufferPointer<Float>, isFirst: Bool
  ) {
    require(average.count == weights.count, "given \(weights.count) weights for \(average.count) averages")
    let share = Float(1 - decay)
    ElementBlock.forEach(count: average.count) { block in
      let weight = block.load(weights)
      block.store(isFirst ? weight : Self.moved(block.load(average), to: weight, by: share), to: average)
    }
  }

  // PyTorch's `lerp`, which starts from the nearer end.
  @inline(__always)
  private static func moved(_ average: Lanes, to weight: Lanes, by share: Float) -> Lanes {
    share < 0.5
      ? average + share * (weight - average) : weight - (weight - average) * (1 - share)
  }
}
