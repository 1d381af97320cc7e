import CanonicalTree
import Execution
import Randomness
import Testing

/// How two summands become one; the tree's own laws are those of `CanonicalTreeTests`.
@Suite struct BatchSumTests {
  /// The count, the mean and the sum of squared deviations of some values.
  private static func moments(_ values: [Double]) -> [Double] {
    guard !values.isEmpty else { return [0, 0, 0] }
    let mean = values.reduce(0, +) / Double(values.count)
    return [Double(values.count), mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }]
  }

  @Test("the sum of moments is the moments of all samples together")
  func momentsOfAll() {
    var random = Philox(seed: 5, purpose: .test)
    let groups = (0..<13).map { index in
      (0..<index % 4).map { _ in 1000 + 0.01 * Double(random.normal()) }
    }
    let sum = BatchSum(kind: .moments, count: 3, name: "moments")
    let root = CanonicalTree(leafCount: 13).fold(0..<13) {
      Self.moments(groups[$0])
    } merge: { left, right in
      sum.merge(right, into: &left)
    }
    let all = Self.moments(groups.flatMap { $0 })
    #expect(root[0] == all[0])
    #expect(abs(root[1] - all[1]) < 1e-12 * all[1])
    #expect(abs(root[2] - all[2]) < 1e-7 * all[2])
  }

  @Test("elements may be merged in parts", arguments: [BatchSum.Kind.gradients, .sums])
  func parts(kind: BatchSum.Kind) {
    var random = Philox(seed: 3, purpose: .test)
    let sum = BatchSum(kind: kind, count: 19, name: "\(kind)")
    func summand() -> AlignedMemory {
      let memory = AlignedMemory(byteCount: sum.byteCount)
      for index in 0..<sum.count {
        let value = Double(random.normal())
        if kind == .gradients {
          memory.base.storeBytes(of: Float(value), toByteOffset: 4 * index, as: Float.self)
        } else {
          memory.base.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
        }
      }
      return memory
    }
    let (left, right) = (summand(), summand())
    let copy = AlignedMemory(byteCount: sum.byteCount)
    copy.base.copyMemory(from: left.base, byteCount: sum.byteCount)
    withExtendedLifetime((left, right, copy)) {
      sum.merge(right.base, into: left.base)
      for index in 0..<sum.count { sum.merge(right.base, into: copy.base, elements: index..<index + 1) }
      let bytes = [left, copy].map { Array(UnsafeRawBufferPointer(start: $0.base, count: sum.byteCount)) }
      #expect(bytes[0] == bytes[1])
    }
  }
}
