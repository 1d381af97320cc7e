import Configurations
import Datasets

extension Registry {
  /// Samples in NumPy's arrays.
  static let numPyDataset: DatasetMaker = { options, context in
    guard let path = try options.text("path") else {
      throw options.error(
        "path",
        "missing; expected an .npz file, or the folder with x_train.npy, y_train.npy, x_test.npy and y_test.npy"
      )
    }
    let layout = try options.word("layout", default: ArrayLayout.auto)
    let side = try options.integer("resize", in: 1...1024)
    let counts = (train: try options.integer("train_samples"), test: try options.integer("test_samples"))
    let normalization = try options.section("normalize").map { section in
      (
        mean: Float(try section.requiredNumber("mean")),
        deviation: Float(try section.requiredNumber("std", synonym: "deviation", .positive))
      )
    }
    let augmentation = try options.section("augment").map { section in
      Augmentation(
        cropPadding: try section.integer("crop_padding", default: 0, in: 0...64),
        flips: try section.boolean("flip", default: false))
    }
    // Told only when the arrays have been read.
    let bytesOnly = ["resize", "augment"].filter(options.isGiven).map { key in
      options.error(
        key, "belongs to images of type uint8 with labels, but \(path) holds other samples; leave it out")
    }
    return Dataset(path: path) { split, augments in
      let samples = try NumPySamples.load(
        path: path, split: split, layout: layout, count: split == .train ? counts.train : counts.test)
      func map(channels: Int) -> Normalization? {
        normalization.map {
          Normalization(
            mean: Array(repeating: $0.mean, count: channels),
            deviation: Array(repeating: $0.deviation, count: channels))
        }
      }
      switch samples {
      case .images(var images):
        if let side { images = images.resized(height: side, width: side) }
        if let map = map(channels: images.channels) { images = images.normalized(by: map) }
        if augments, let augmentation { images = images.augmented(by: augmentation, seed: context.seed) }
        return images
      case .numbers(let numbers):
        if let error = bytesOnly.first { throw error }
        return map(channels: numbers.shape.count == 3 ? numbers.shape[0] : 1).map(numbers.normalized)
          ?? numbers
      }
    }
  }
}
