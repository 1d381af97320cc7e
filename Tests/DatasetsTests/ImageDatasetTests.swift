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
    var memory = [Float](repeating: -7, count: count + 32)
    memory.withUnsafeMutableBufferPointer { memory in
      var inner = memory.extracting(16..<(16 + count)).mutableSpan
      dataset.write(1, epoch: 0, into: &inner)
    }
    #expect(Array(memory[16..<(16 + count)]) == values(of: dataset, sample: 1))
    #expect((memory[..<16] + memory[(16 + count)...]).allSatisfy { $0 == -7 })
  }

  @Test("The description tells every treatment")
  func description() {
    #expect(Self.everyByte.description == "2 images of 2×16×16, 2 classes")
    let treated = Self.everyByte.resized(height: 9, width: 8)
      .normalized(by: Normalization(mean: [0.25, 0], deviation: [0.5, 2]))
      .augmented(by: Augmentation(cropPadding: 4, flips: true), seed: 12)
    #expect(
      treated.description
        == "2 images of 2×9×8, 2 classes, resized from 16×16, normalized by mean 0.25 0.0 and "
        + "deviation 0.5 2.0, cropped after padding by 4 and flipped at random with seed 12")
    let flipped = Self.everyByte.augmented(by: Augmentation(flips: true), seed: 1)
    #expect(flipped.description == "2 images of 2×16×16, 2 classes, flipped at random with seed 1")
    #expect(treated.shape == [2, 9, 8])
  }

  @Test("The first samples are treated as all are")
  func prefix() {
    let treated = SyntheticGlyphs.generate(seed: 0, split: .train, count: 9).resized(height: 9, width: 8)
      .normalized(by: Normalization(mean: [0.25], deviation: [0.5]))
      .augmented(by: Augmentation(cropPadding: 4, flips: true), seed: 12)
    let first = treated.prefix(4)
    #expect(
      first.count == 4 && first.description == treated.description.replacing("9 images", with: "4 images"))
    for sample in 0..<4 {
      #expect(values(of: first, sample: sample, epoch: 2) == values(of: treated, sample: sample, epoch: 2))
      #expect(first.label(of: sample) == treated.label(of: sample))
    }
  }

  @Test("Labels above 255 are kept, of any number of classes")
  func manyClasses() {
    let labels: [Int32] = [0, 255, 256, 511, 512, 65_535, 65_536, 999_999]
    let dataset = ImageDataset(
      pixels: [UInt8](repeating: 0, count: 8), labels: labels, channels: 1, height: 1, width: 1,
      classes: 1_000_000)
    #expect((0..<8).map(dataset.label(of:)) == labels)
    #expect(dataset.prefix(5).label(of: 4) == 512)
    #expect(dataset.description == "8 images of 1×1×1, 1000000 classes")
    // A fingerprint of the labels' last bytes would not tell 0 from 256.
    let zeros = ImageDataset(
      pixels: [UInt8](repeating: 0, count: 8), labels: labels.map { $0 & 255 }, channels: 1, height: 1,
      width: 1,
      classes: 1_000_000)
    #expect(dataset.fingerprint != zeros.fingerprint)
  }

  @Test("Labels that are no classes and pixels that are no whole images trap")
  func traps() async throws {
    let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ImageDataset(pixels: [0, 0], labels: [0, 3], channels: 1, height: 1, width: 1, classes: 3)
    }
    let lastWords = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
    #expect(lastWords.contains("label 3 of sample 1 is not in 0 to 2, the range of 3 classes"))
    await #expect(processExitsWith: .failure) {
      _ = ImageDataset(pixels: [0, 0], labels: [0, -1], channels: 1, height: 1, width: 1, classes: 3)
    }
    await #expect(processExitsWith: .failure) {
      _ = ImageDataset(pixels: [0, 0, 0], labels: [0, 1], channels: 1, height: 1, width: 1, classes: 3)
    }
    await #expect(processExitsWith: .failure) {
      _ = ImageDataset(pixels: [0], labels: [0], channels: 1, height: 1, width: 1, classes: 0)
    }
  }

  @Test("The fingerprint is the FNV-1a hash of sizes, labels and pixels")
  func fingerprintDefinition() {
    let dataset = ImageDataset(
      pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], labels: [2, 0], channels: 1, height: 2, width: 3,
      classes: 3)
    let sizes = ([2, 1, 2, 3, 3] as [UInt8]).flatMap { [$0, 0, 0, 0, 0, 0, 0, 0] as [UInt8] }
    let rest: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0] + [UInt8](1...12)
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
