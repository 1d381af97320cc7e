import Randomness

/// Random numbers that an augmentation asks for; tests give known ones.
package struct AugmentationDraw {
  /// A number between two others.
  package var uniform: (ClosedRange<Double>) -> Double
  /// An integer from 0 to below a bound.
  package var integer: (Int) -> Int

  /// Draws what closures say.
  package init(
    uniform: @escaping (ClosedRange<Double>) -> Double, integer: @escaping (Int) -> Int
  ) {
    self.uniform = uniform
    self.integer = integer
  }

  /// Draws from the stream of a sample in an epoch.
  init(seed: UInt64, purpose: Philox.Purpose, epoch: Int, sample: Int) {
    var random = Philox(seed: seed, purpose: purpose, epoch, sample)
    func uniform(_ range: ClosedRange<Double>) -> Double {
      let share = Double(random.next() >> 11) * 0x1p-53
      return range.lowerBound + (range.upperBound - range.lowerBound) * share
    }
    func integer(_ bound: Int) -> Int { Int(random.uniform(below: UInt32(bound))) }
    self.init(uniform: uniform, integer: integer)
  }
}
