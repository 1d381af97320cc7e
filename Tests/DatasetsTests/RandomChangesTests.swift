import Datasets
import Testing

/// Random changes of whole samples: what they depend on, and where they come in.
@Suite struct RandomChangesTests {
  static let all = Augmentation(
    cropPadding: 2, flips: true, resizedCrop: RandomResizedCrop(),
    affine: RandomAffine(degrees: 20, translation: 0.1, scale: 0.8...1.2, shear: 5),
    colors: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4),
    erasing: RandomErasing(probability: 0.5))
  static let each = [
    Augmentation(resizedCrop: all.resizedCrop), Augmentation(affine: all.affine),
    Augmentation(colors: all.colors), Augmentation(erasing: RandomErasing(probability: 1)), all,
  ]

  private let images = ImageDataset(
    pixels: (0..<20 * 3 * 12 * 17).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) },
    labels: [Int32](repeating: 0, count: 20), channels: 3, height: 12, width: 17, classes: 2
  )
  .normalized(by: Normalization(mean: [0.401, 0.503, 0.601], deviation: [0.2, 0.3, 0.4]))

  @Test("each depends on seed, epoch and sample, and on nothing else", arguments: each)
  func keys(augmentation: Augmentation) {
    let changed = images.augmented(by: augmentation, seed: 3)
    func all(_ source: ImageDataset, epoch: Int) -> [[Float]] {
      (0..<20).map { values(of: source, sample: $0, epoch: epoch) }
    }
    let first = all(changed, epoch: 1)
    #expect(first == (0..<20).reversed().map { values(of: changed, sample: $0, epoch: 1) }.reversed())
    #expect(first != all(changed, epoch: 2))
    #expect(first != all(images.augmented(by: augmentation, seed: 4), epoch: 1))
    #expect(first != all(images, epoch: 1))
    #expect(first.allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(changed.shape == images.shape && changed.description != images.description)
  }

  @Test("one change does not change what another one draws")
  func independent() {
    let flips = images.augmented(by: Augmentation(flips: true), seed: 3)
    let both = images.augmented(
      by: Augmentation(flips: true, erasing: RandomErasing(probability: 1)), seed: 3)
    for sample in 0..<20 {
      let (without, with) = (values(of: flips, sample: sample), values(of: both, sample: sample))
      // What was not erased is the flipped image; the same pixels are erased in all channels.
      let erased = with.indices.filter { with[$0] != without[$0] }
      #expect(erased.allSatisfy { with[$0] == 0 })
      #expect(Set(erased.map { $0 % (12 * 17) }).count * 3 == erased.count)
    }
  }

  @Test("changes that are none write the image as it is")
  func identity() {
    let changed = images.augmented(
      by: Augmentation(affine: RandomAffine(), colors: ColorJitter(), erasing: RandomErasing(probability: 0)),
      seed: 1)
    for sample in 0..<20 {
      #expect(values(of: changed, sample: sample) == values(of: images, sample: sample))
    }
  }

  @Test("angles and exponents are drawn evenly, and within what is asked for")
  func draws() {
    var (angles, shares): ([Double], [Double]) = ([], [])
    let size = PixelSize(height: 200, width: 200)
    for sample in 0..<2000 {
      let box = RandomResizedCrop(share: 0.2...0.6).box(seed: 0, epoch: 0, sample: sample, of: size)
      shares.append(Double(box.height * box.width) / 40_000)
      angles.append(RandomAffine(degrees: 30).change(seed: 0, epoch: 0, sample: sample, of: size).degrees)
    }
    #expect(shares.allSatisfy { (0.19...0.61).contains($0) } && angles.allSatisfy { abs($0) <= 30 })
    let meanShare = shares.reduce(0, +) / 2000
    #expect(abs(meanShare - 0.4) < 0.015)
    #expect(abs(angles.reduce(0, +) / 2000) < 2)
  }
}
