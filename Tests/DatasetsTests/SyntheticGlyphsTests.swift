import Datasets
import Testing

@Suite("Synthetic glyphs")
struct SyntheticGlyphsTests {
  @Test("A sample is a function of seed, split and index, not of the number drawn")
  func samplesDoNotDependOnCount() {
    let few = SyntheticGlyphs.generate(seed: 5, split: .train, count: 13)
    let many = SyntheticGlyphs.generate(seed: 5, split: .train, count: 200)
    for index in 0..<13 {
      #expect(few.label(of: index) == many.label(of: index))
      #expect(bytes(of: few, sample: index) == bytes(of: many, sample: index))
    }
  }

  @Test("No two samples are equal, of the same split, the other split or another seed")
  func samplesAreDistinct() {
    var images = Set<[UInt8]>()
    for seed in [0, 1] as [UInt64] {
      for split in DatasetSplit.allCases {
        let glyphs = SyntheticGlyphs.generate(seed: seed, split: split, count: 500)
        for index in 0..<500 {
          images.insert(bytes(of: glyphs, sample: index))
        }
      }
    }
    #expect(images.count == 2000)
  }

  @Test("Any ten samples from a multiple of ten on hold each class once, in changing order")
  func classesAreBalanced() {
    for split in DatasetSplit.allCases {
      let glyphs = SyntheticGlyphs.generate(seed: 0, split: split, count: 300)
      let blocks = stride(from: 0, to: 300, by: 10).map { start in
        (start..<(start + 10)).map { glyphs.label(of: $0) }
      }
      #expect(blocks.allSatisfy { $0.sorted() == Array(0..<10) })
      #expect(Set(blocks).count == blocks.count)
    }
    #expect(SyntheticGlyphs.classes == 10)
  }

  @Test("The bytes are the same on every machine and in every version")
  func fingerprints() {
    // Not from a formula: recorded from the first version. Whoever changes the drawing changes published
    // results. It hashed labels as one byte each.
    let recorded: [(DatasetSplit, UInt64)] = [
      (.train, 0x54e8_5ffe_74ca_5a09), (.test, 0x9a5a_bb4e_1c0d_92d7),
    ]
    for (split, recorded) in recorded {
      let glyphs = SyntheticGlyphs.generate(seed: 0, split: split, count: 1000)
      let sizes = [1000, 1, 28, 28, 10].flatMap { size in
        [0, 8, 16, 24, 32, 40, 48, 56].map { UInt8(size >> $0 & 255) }
      }
      let labels = (0..<1000).map { UInt8(glyphs.label(of: $0)) }
      let pixels = (0..<1000).flatMap { bytes(of: glyphs, sample: $0) }
      #expect(fnv1a(sizes + labels + pixels) == recorded)
    }
  }

  @Test("Images use the range of intensities and are mostly background")
  func intensities() {
    let glyphs = SyntheticGlyphs.generate(seed: 0, split: .train, count: 1000)
    let images = (0..<1000).map { bytes(of: glyphs, sample: $0) }
    let brightest = images.map { $0.max() ?? 0 }
    #expect(brightest.allSatisfy { $0 >= 100 })
    #expect(brightest.contains(255))
    // The border is seldom reached, so that figures are whole.
    let ink = images.map { image in image.count { $0 > 110 } }
    #expect(ink.allSatisfy { (5...500).contains($0) })
    let mean = Double(images.joined().reduce(0) { $0 + Int($1) }) / Double(1000 * 784 * 255)
    #expect((0.1...0.25).contains(mean))
  }

  /// The nearest mean image decides: far better than chance, so that labels belong to the figures, and far
  /// from perfect, so that the set is no toy.
  @Test
  func difficulty() {
    let train = SyntheticGlyphs.generate(seed: 0, split: .train, count: 3000)
    let test = SyntheticGlyphs.generate(seed: 0, split: .test, count: 1000)
    var means = [[Float]](repeating: [Float](repeating: 0, count: 784), count: 10)
    for index in 0..<train.count {
      let image = values(of: train, sample: index)
      for position in 0..<784 {
        means[Int(train.label(of: index))][position] += image[position] / 300
      }
    }
    let correct = (0..<test.count).count { index in
      let image = centered(values(of: test, sample: index))
      let scores = means.map { mean in
        let mean = centered(mean)
        let norm = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return zip(image, mean).reduce(0) { $0 + $1.0 * $1.1 } / norm
      }
      return scores.firstIndex(of: scores.max() ?? 0).map(Int32.init) == test.label(of: index)
    }
    #expect((400...850).contains(correct))
  }

  private func centered(_ image: [Float]) -> [Float] {
    let mean = image.reduce(0, +) / Float(image.count)
    return image.map { $0 - mean }
  }
}
