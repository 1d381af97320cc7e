package import Datasets
import Mistakes

extension Configuration.Data {
  /// Where the samples come from, for messages: the folder, or the name of a set that is drawn.
  var source: String { path ?? name.rawValue }
}

extension Configuration {
  /// Reads or draws a split of the configured data set.
  ///
  /// - Throws: `DatasetError` if its files are missing or damaged; `UserMistake` if it has fewer classes than labels.
  package func dataset(_ split: DatasetSplit) throws -> ImageDataset {
    let count = split == .train ? data.trainSamples : data.testSamples
    var images: ImageDataset
    switch data.name {
    case .glyphs:
      guard model.classes >= SyntheticGlyphs.classes else {
        throw UserMistake(
          "model.classes: \(model.classes) is too few for glyphs, which have \(SyntheticGlyphs.classes)")
      }
      images = SyntheticGlyphs.generate(
        seed: UInt64(seed), split: split, count: count ?? (split == .train ? 12_000 : 2_000))
    case .fashionMNIST, .mnist, .idx:
      images = try ImageDataset.loadIDX(
        directory: data.path ?? "", split: split, classes: min(model.classes, 256))
    case .cifar10, .cifar100:
      let kind = data.name == .cifar10 ? CIFAR.ten : .hundred
      guard model.classes >= kind.classes else {
        throw UserMistake(
          "model.classes: \(model.classes) is too few for \(data.name.rawValue), which has \(kind.classes)")
      }
      images = try ImageDataset.loadCIFAR(directory: data.path ?? "", split: split, kind: kind)
    }
    if let count, data.name != .glyphs {
      guard count <= images.count else {
        let key = split == .train ? "train_samples" : "test_samples"
        throw UserMistake(
          "data.\(key): \(count) is more than the \(images.count) samples in \(data.path ?? "")")
      }
      images = images.prefix(count)
    }
    return transformed(images)
  }

  /// The images as the configuration resizes and normalizes them.
  func transformed(_ images: ImageDataset) -> ImageDataset {
    var images = images
    if let side = data.resize { images = images.resized(height: side, width: side) }
    if let normalize = data.normalize {
      images = images.normalized(
        by: Normalization(
          mean: Array(repeating: Float(normalize.mean), count: images.channels),
          deviation: Array(repeating: Float(normalize.deviation), count: images.channels)))
    }
    return images
  }
}
