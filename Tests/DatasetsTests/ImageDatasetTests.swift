import Datasets
import Foundation
import Testing

@Suite("Image datasets")
struct ImageDatasetTests {
  /// Two samples of two channels of 16×16 pixels: every byte in every channel.
  static let everyByte = ImageDataset(
    pixels: (0..<4).flatMap { plane in (0..<256).map { UInt8(truncatingIfNeeded: $0 + plane * 50) } },
    labels: [1, 0], channels: 2, height: 16, width: 16, classes: 2)

  @Test("A value is its byte divided by 255, in stored order")
  func valuesAreRatios() {
    for sample in 0..<2 {
      let expected = (0..<512).map { position in
        Float(UInt8(truncatingIfNeeded: position % 256 + (sample * 2 + position / 256) * 50)) / 255
      }
      #expect(values(of: Self.everyByte, sample: sample) == expected)
    }
  }

  @Test("Normalization is (value − mean) ÷ deviation of the channel, in single precision")
  func normalization() {
    let mean: [Float] = [0.286041, 0.5]
    let deviation: [Float] = [0.353024, 0.25]
    let normalized = Self.everyByte.normalized(by: Normalization(mean: mean, deviation: deviation))
    let plain = values(of: Self.everyByte, sample: 1)
    let expected = plain.indices.map { (plain[$0] - mean[$0 / 256]) / deviation[$0 / 256] }
    #expect(values(of: normalized, sample: 1) == expected)
    // The last normalization counts, and one of (0, 1) changes nothing.
    let undone = normalized.normalized(by: Normalization(mean: [0, 0], deviation: [1, 1]))
    #expect(values(of: undone, sample: 1) == plain)
  }

  @Test("Writing touches the sample's values only")
  func writesWithinBounds() {
    let dataset = Self.everyByte.resized(height: 5, width: 19)
    let count = 2 * 5 * 19
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count + 32)
    let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: dataset.scratchByteCount + 32)
    defer {
      memory.deallocate()
      scratch.deallocate()
    }
    memory.initialize(repeating: -7)
    scratch.initialize(repeating: 0xA5)
    let inner = UnsafeMutableBufferPointer(rebasing: scratch[16..<(16 + dataset.scratchByteCount)])
    if let start = memory.baseAddress {
      dataset.write(sample: 1, into: start + 16, scratch: inner)
    }
    #expect(Array(memory[16..<(16 + count)]) == values(of: dataset, sample: 1))
    #expect((Array(memory[..<16]) + Array(memory[(16 + count)...])).allSatisfy { $0 == -7 })
    #expect(
      (Array(scratch[..<16]) + Array(scratch[(16 + dataset.scratchByteCount)...])).allSatisfy { $0 == 0xA5 })
  }

  @Test("Threads that write different samples at once get what one thread gets")
  func concurrentWrites() async {
    let dataset = SyntheticGlyphs.generate(seed: 3, split: .test, count: 200).resized(height: 40, width: 33)
    let serial = (0..<200).map { values(of: dataset, sample: $0) }
    let concurrent = await withTaskGroup(of: (Int, [Float]).self) { group in
      for sample in 0..<200 {
        group.addTask { (sample, values(of: dataset, sample: sample)) }
      }
      var results: [[Float]] = Array(repeating: [], count: 200)
      for await (sample, written) in group {
        results[sample] = written
      }
      return results
    }
    #expect(concurrent == serial)
  }

  @Test("The fingerprint is the FNV-1a hash of sizes, labels and pixels")
  func fingerprintDefinition() {
    let dataset = ImageDataset(
      pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], labels: [2, 0], channels: 1, height: 2, width: 3,
      classes: 3)
    let sizes = ([2, 1, 2, 3, 3] as [UInt8]).flatMap { [$0, 0, 0, 0, 0, 0, 0, 0] as [UInt8] }
    let rest: [UInt8] = [2, 0] + [UInt8](1...12)
    #expect(dataset.fingerprint == fnv1a(sizes + rest))
    // RFC 9923's test values: the hash of no bytes, and of "foobar".
    #expect(fnv1a([]) == 0xcbf2_9ce4_8422_2325)
    #expect(fnv1a(Array("foobar".utf8)) == 0x8594_4171_f739_67e8)
  }

  @Test("The fingerprint changes with any size, label or pixel, not with the size that is written")
  func fingerprintSensitivity() {
    let pixels = [UInt8](0..<24)
    let datasets = [
      ImageDataset(pixels: pixels, labels: [0, 1], channels: 1, height: 3, width: 4, classes: 2),
      ImageDataset(pixels: pixels, labels: [0, 1], channels: 1, height: 4, width: 3, classes: 2),
      ImageDataset(pixels: pixels, labels: [0, 1], channels: 3, height: 2, width: 2, classes: 2),
      ImageDataset(pixels: pixels, labels: [1, 0], channels: 1, height: 3, width: 4, classes: 2),
      ImageDataset(pixels: pixels, labels: [0, 1], channels: 1, height: 3, width: 4, classes: 3),
      ImageDataset(pixels: pixels.reversed(), labels: [0, 1], channels: 1, height: 3, width: 4, classes: 2),
    ]
    #expect(Set(datasets.map(\.fingerprint)).count == datasets.count)
    #expect(datasets[0].resized(height: 9, width: 9).fingerprint == datasets[0].fingerprint)
  }
}
