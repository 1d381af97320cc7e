import Foundation
import Randomness
import Testing

@Suite("Philox4x32-10")
struct PhiloxTests {
  /// The known-answer vectors that the authors distribute with Random123 (kat_vectors, "philox4x32 10").
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    #expect(Philox.block(counter: counter, key: key) == expected)
  }

  @Test("A stream is the blocks of its counters, one after the other")
  func streamIsBlocks() {
    var random = Philox(seed: 0x0123_4567_89AB_CDEF, purpose: .test, 7, 9)
    for number in 0..<3 {
      let block = Philox.block(
        counter: SIMD4(UInt32(number), 5, 7, 9), key: SIMD2(0x89AB_CDEF, 0x0123_4567))
      for lane in 0..<4 {
        #expect(random.nextWord() == block[lane])
      }
    }
  }

  @Test("Streams of different seeds, purposes or indices begin differently")
  func streamsDiffer() {
    var streams = [
      Philox(seed: 0, purpose: .test), Philox(seed: 1, purpose: .test), Philox(seed: 1 << 32, purpose: .test),
      Philox(seed: 0, purpose: .shuffle), Philox(seed: 0, purpose: .test, 1),
      Philox(seed: 0, purpose: .test, 0, 1),
    ]
    let first = Set(streams.indices.map { streams[$0].next() })
    #expect(first.count == streams.count)
  }

  @Test("Uniform numbers keep to their interval and have its mean and variance")
  func uniformMoments() {
    var random = Philox(seed: 1, purpose: .test)
    let count = 100_000
    let drawn = (0..<count).map { _ in Double(random.uniform(-1, 3)) }
    #expect(drawn.allSatisfy { (-1...3).contains($0) })
    // A uniform distribution of width w has variance w²/12 and fourth central moment w⁴/80.
    expectMoments(drawn, mean: 1, variance: 16 / 12, fourthMoment: 256 / 80)
    let doubles = (0..<count).map { _ in random.uniformDouble() }
    #expect(doubles.allSatisfy { (0..<1).contains($0) })
    expectMoments(doubles, mean: 0.5, variance: 1 / 12, fourthMoment: 1 / 80)
  }

  @Test("Normal numbers have the moments and tails of the standard normal distribution")
  func normalMoments() {
    var random = Philox(seed: 2, purpose: .test)
    let count = 1_000_000
    let drawn = (0..<count).map { _ in Double(random.normal()) }
    expectMoments(drawn, mean: 0, variance: 1, fourthMoment: 3)
    for limit in [0.5, 1, 2, 3] {
      let probability = erfc(limit / 2.squareRoot())
      let found = Double(drawn.count { abs($0) > limit }) / Double(count)
      let error = (probability * (1 - probability) / Double(count)).squareRoot()
      #expect(abs(found - probability) < 5 * error, "beyond ±\(limit): \(found), expected \(probability)")
    }
    // Successive numbers share no words: their correlation is that of chance.
    let products = zip(drawn, drawn.dropFirst()).map { $0 * $1 }
    #expect(abs(products.reduce(0, +) / Double(count)) < 5 / Double(count).squareRoot())
  }

  @Test("Each normal number takes two words of the stream")
  func normalConsumption() {
    var normals = Philox(seed: 3, purpose: .test)
    var words = normals
    for _ in 0..<5 { _ = normals.normal() }
    for _ in 0..<10 { _ = words.nextWord() }
    #expect(normals.nextWord() == words.nextWord())
  }

  @Test("A bounded draw is even where a plain multiplication would favour every third value")
  func boundedDrawIsUnbiased() {
    var random = Philox(seed: 4, purpose: .test)
    let bound: UInt32 = 3 << 30
    let count = 30_000
    var remainders = [0, 0, 0]
    for _ in 0..<count {
      let drawn = random.uniform(below: bound)
      #expect(drawn < bound)
      remainders[Int(drawn % 3)] += 1
    }
    // Without rejection one remainder gets half of all draws.
    for found in remainders {
      #expect(abs(Double(found) - Double(count) / 3) < 5 * (Double(count) * 2 / 9).squareRoot())
    }
    #expect((0..<100).allSatisfy { _ in random.uniform(below: 1) == 0 })
  }

  @Test("A permutation holds each number once", arguments: [0, 1, 2, 3, 10, 1000])
  func permutationIsBijection(count: Int) {
    var random = Philox(seed: 5, purpose: .test, count)
    #expect(random.permutation(count: count).sorted() == (0..<count).map { UInt32($0) })
  }

  @Test("All 24 orders of four numbers are equally likely")
  func permutationsAreEven() {
    var random = Philox(seed: 6, purpose: .test)
    let count = 24_000
    var found: [[UInt32]: Int] = [:]
    for _ in 0..<count {
      found[random.permutation(count: 4), default: 0] += 1
    }
    #expect(found.count == 24)
    let expected = Double(count) / 24
    let chiSquared = found.values.reduce(0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    // 23 degrees of freedom: mean 23, standard deviation √46.
    #expect(chiSquared < 23 + 5 * 46.squareRoot())
  }

  /// Expects a sample's mean and variance within five standard errors of a distribution's.
  private func expectMoments(
    _ sample: [Double], mean: Double, variance: Double, fourthMoment: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let count = Double(sample.count)
    let foundMean = sample.reduce(0, +) / count
    let foundVariance = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    #expect(abs(foundMean - mean) < 5 * (variance / count).squareRoot(), sourceLocation: sourceLocation)
    #expect(
      abs(foundVariance - variance) < 5 * ((fourthMoment - variance * variance) / count).squareRoot(),
      sourceLocation: sourceLocation)
  }
}
