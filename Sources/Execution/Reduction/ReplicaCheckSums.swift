/// Whether all replicas are the same, from a sum over microshards that is made anyway.
///
/// Of the hash of a rank's replica three digits h of 20 bits are taken, and each of its microshards
/// contributes h and h². Over V microshards V·Σh² ≥ (Σh)², equal only if all h are equal (Cauchy and
/// Schwarz). With V ≤ 2¹² the sums stay below 2³² and 2⁵², so that they are exact in `Double`, and both sides
/// below 2⁶⁴.
package enum ReplicaCheckSums {
  /// The numbers that a microshard contributes.
  package static let elementCount = 2 * digitCount
  /// The most microshards for which the sums are exact.
  package static let mostMicroshards = 1 << 12

  private static let digitCount = 3
  private static let digitBits = 20

  /// Writes what a microshard contributes whose rank's replica has the hash; zeros for none.
  package static func contribute(_ hash: UInt64?, to elements: UnsafeMutablePointer<Double>) {
    for digit in 0..<digitCount {
      let bits = (hash ?? 0) >> UInt64(digit * digitBits) & (1 << UInt64(digitBits) - 1)
      elements[2 * digit] = Double(bits)
      elements[2 * digit + 1] = Double(bits * bits)
    }
  }

  /// Whether all microshards contributed the same hash.
  package static func passes(_ sums: UnsafePointer<Double>, microshardCount: Int) -> Bool {
    (0..<digitCount).allSatisfy { digit in
      // No honest sum is anything but a small integer; what was damaged on its way may be.
      guard let sum = UInt64(exactly: sums[2 * digit]), sum < 1 << 32,
        let squares = UInt64(exactly: sums[2 * digit + 1]), squares < 1 << 52
      else { return false }
      return UInt64(microshardCount) * squares == sum * sum
    }
  }
}
