package import Datasets
package import NeuralNetworks
import Randomness

extension Configuration {
  /// The shape of one image as the model sees it, from the kind of the data set, which is not read.
  ///
  /// Files of the kind `idx` may hold images of any size; those of MNIST are taken.
  package var imageShape: Shape {
    let stored = data.name.storedShape
    let side = data.resize
    return Shape(stored.channels, side ?? stored.height, side ?? stored.width)
  }

  /// As many random images as a batch has samples, of the size that the model sees: resizing is no part of a step.
  package func randomImages() -> ImageDataset {
    let (shape, classes) = (imageShape, min(model.classes, 256))
    var random = Philox(seed: UInt64(seed), purpose: .test)
    return ImageDataset(
      pixels: (0..<batch.size * shape.count).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) },
      labels: (0..<batch.size).map { _ in UInt8(random.uniform(below: UInt32(classes))) },
      channels: shape.channels, height: shape.height, width: shape.width, classes: classes)
  }
}

extension Configuration.Data.Name {
  /// The shape of the images in the files.
  fileprivate var storedShape: Shape {
    switch self {
    case .glyphs: Shape(1, SyntheticGlyphs.side, SyntheticGlyphs.side)
    case .fashionMNIST, .mnist, .idx: Shape(1, 28, 28)
    case .cifar10, .cifar100: Shape(3, CIFAR.side, CIFAR.side)
    }
  }

  /// The images of both splits together; nil if only the files tell.
  fileprivate var storedCount: Int? {
    switch self {
    case .glyphs, .idx: nil
    case .fashionMNIST, .mnist: 70_000
    case .cifar10, .cifar100: 60_000
    }
  }
}

extension Configuration {
  /// The bytes that both splits take in memory; nil if only the files tell.
  package var dataByteCount: Int? {
    let count: Int? =
      if let train = data.trainSamples, let test = data.testSamples { train + test } else {
        data.name.storedCount
      }
    return count.map { $0 * (data.name.storedShape.count + 1) }
  }
}
