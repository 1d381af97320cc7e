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
    let treatment = try ImageOptions(options, seed: context.seed)
    let counts = (train: try options.integer("train_samples"), test: try options.integer("test_samples"))
    // Told only when the arrays have been read.
    let bytesOnly = ["resize", "center_crop", "classes", "augment"].filter(options.isGiven).map { key in
      options.error(
        key, "belongs to images of type uint8 with labels, but \(path) holds other samples; leave it out")
    }
    return Dataset(
      path: path, unlabelled: { try treatment.unlabelled($0, $1, layout: layout) }
    ) { split, augments in
      let samples = try NumPySamples.load(
        path: path, split: split, layout: layout, count: split == .train ? counts.train : counts.test)
      switch samples {
      case .images(let images):
        return try treatment.applied(to: treatment.fitted(images, path: path), augments: augments)
      case .numbers(let numbers):
        if let error = bytesOnly.first { throw error }
        let channels = numbers.shape.count == 3 ? numbers.shape[0] : 1
        return try treatment.normalization(channels: channels).map(numbers.normalized) ?? numbers
      }
    }
  }
}
