import Datasets
import Testing

@Suite struct AugmentationTests {
  /// Two channels of 3×4 pixels, each byte another.
  static let dataset = ImageDataset(
    pixels: (1...24).map { UInt8($0) }, labels: [0], channels: 2, height: 3, width: 4, classes: 2)

  private func written(_ placement: Augmentation.Placement) -> [Int] {
    var values = [Float](repeating: -1, count: 24)
    var span = values.mutableSpan
    Self.dataset.write(0, at: placement, into: &span)
    return values.map { Int(($0 * 255).rounded()) }
  }

  @Test("a crop shows what lies there, black outside, and mirrors afterwards", arguments: -4...4, -5...5)
  func crops(rowShift: Int, columnShift: Int) {
    for isMirrored in [false, true] {
      var expected: [Int] = []
      for channel in 0..<2 {
        // The definition: pad widely with zeros, crop, then reverse the rows.
        var padded = [[Int]](repeating: [Int](repeating: 0, count: 24), count: 23)
        for row in 0..<3 {
          for column in 0..<4 { padded[10 + row][10 + column] = 1 + channel * 12 + row * 4 + column }
        }
        for row in 0..<3 {
          let line = Array(padded[10 + row + rowShift][10 + columnShift..<14 + columnShift])
          expected += isMirrored ? line.reversed() : line
        }
      }
      let placement = Augmentation.Placement(
        rowShift: rowShift, columnShift: columnShift, isMirrored: isMirrored)
      #expect(written(placement) == expected)
    }
  }

  @Test("placements depend on seed, epoch and sample, and reach all shifts and both sides evenly")
  func placements() {
    let augmentation = Augmentation(cropPadding: 4, flips: true)
    func draws(seed: UInt64, epoch: Int) -> [Augmentation.Placement] {
      (0..<8_100).map { augmentation.placement(seed: seed, epoch: epoch, sample: $0) }
    }
    let first = draws(seed: 1, epoch: 0)
    #expect(first == draws(seed: 1, epoch: 0))
    #expect(first != draws(seed: 1, epoch: 1) && first != draws(seed: 2, epoch: 0))
    // 100 draws are expected of each of the 81 shifts; five standard deviations are 50.
    let counts = Dictionary(grouping: first) { [$0.rowShift, $0.columnShift] }.mapValues(\.count)
    #expect(counts.count == 81 && counts.values.allSatisfy { abs($0 - 100) < 50 })
    #expect(abs(first.count { $0.isMirrored } - 4_050) < 225)
  }

  @Test("an augmented dataset writes each sample at the placement of seed, epoch and sample, after resizing")
  func augmented() {
    let augmentation = Augmentation(cropPadding: 3, flips: true)
    let plain = SyntheticGlyphs.generate(seed: 0, split: .train, count: 20).resized(height: 9, width: 12)
      .normalized(by: Normalization(mean: [0.25], deviation: [0.5]))
    let dataset = plain.augmented(by: Augmentation(cropPadding: 1), seed: 1).augmented(
      by: augmentation, seed: 7)
    for epoch in 0..<3 {
      for sample in 0..<20 {
        var expected = [Float](repeating: .nan, count: 9 * 12)
        var span = expected.mutableSpan
        let placement = augmentation.placement(seed: 7, epoch: epoch, sample: sample)
        plain.write(sample, at: placement, into: &span)
        #expect(values(of: dataset, sample: sample, epoch: epoch) == expected)
      }
    }
    #expect(
      (0..<20).contains { values(of: dataset, sample: $0) != values(of: dataset, sample: $0, epoch: 1) })
    #expect((0..<20).contains { values(of: dataset, sample: $0) != values(of: plain, sample: $0) })
  }

  @Test("without augmentation, or with one that changes nothing, the epoch does not matter")
  func epochDoesNotMatter() {
    for dataset in [Self.dataset, Self.dataset.augmented(by: Augmentation(), seed: 3)] {
      for epoch in [0, 1, -1, .max] {
        #expect(values(of: dataset, sample: 0, epoch: epoch) == values(of: Self.dataset, sample: 0))
      }
      #expect(dataset.description == Self.dataset.description)
    }
  }

  @Test("what is not asked for does not happen")
  func nothing() {
    for sample in 0..<100 {
      #expect(Augmentation().placement(seed: 0, epoch: 0, sample: sample) == .identity)
      #expect(!Augmentation(cropPadding: 2).placement(seed: 0, epoch: 0, sample: sample).isMirrored)
    }
  }
}
