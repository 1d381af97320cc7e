import Configurations
import Datasets
import Inputs

extension Registry {
  /// The data sets that come with Lockstep.
  static let standardDatasets: [String: DatasetMaker] = [
    "glyphs": { options, context in
      try images(
        options, context, stored: [1, SyntheticGlyphs.side, SyntheticGlyphs.side], isDrawn: true,
        defaultCounts: (12_000, 2_000)
      ) { _, split, count in
        SyntheticGlyphs.generate(seed: context.seed, split: split, count: count ?? 0)
      }
    },
    "fashion-mnist": idx(count: 70_000), "mnist": idx(count: 70_000), "idx": idx(count: nil),
    "cifar10": cifar(.ten), "cifar100": cifar(.hundred), "csv": tableDataset, "npz": numPyDataset,
    "image-folder": imageFolder,
  ]

  /// Images and labels in MNIST's file format; files of the kind `idx` may hold images of any size, but those of MNIST are
  /// taken where nothing is read.
  private static func idx(count: Int?) -> DatasetMaker {
    { options, context in
      try images(options, context, stored: [1, 28, 28], storedCount: count) { path, split, _ in
        try ImageDataset.loadIDX(directory: path, split: split, classes: context.classes)
      }
    }
  }

  private static func cifar(_ kind: CIFAR) -> DatasetMaker {
    { options, context in
      try images(options, context, stored: [3, CIFAR.side, CIFAR.side], storedCount: 60_000) {
        path, split, _ in
        try ImageDataset.loadCIFAR(directory: path, split: split, kind: kind)
      }
    }
  }

  /// The keys that all sets of images have, and what they do to the images.
  ///
  /// - Parameters:
  ///   - stored: the shape of the images in the files.
  ///   - isDrawn: whether the images come from the seed and not from files.
  ///   - storedCount: the images of both splits together; nil if only the files tell.
  ///   - defaultCounts: how many are drawn where nothing is said; nil for all that are stored.
  ///   - load: reads a split from a folder, or draws so many images.
  private static func images(
    _ options: SectionOptions, _ context: DatasetContext, stored: [Int], isDrawn: Bool = false,
    storedCount: Int? = nil, defaultCounts: (train: Int, test: Int)? = nil,
    _ load: @escaping @Sendable (_ path: String, DatasetSplit, _ count: Int?) throws -> ImageDataset
  ) throws -> Dataset {
    let path = try options.text("path")
    if !isDrawn, path == nil {
      let name = try options.text("name") ?? ""
      throw options.error("path", "missing; expected the folder with the files of \(name)")
    }
    let treatment = try ImageOptions(options, seed: context.seed)
    let storedSize = PixelSize(height: stored[1], width: stored[2])
    let written = treatment.fit.holds(storedSize) ? treatment.fit.written(storedSize) : treatment.fit.size
    func count(_ key: String, _ initial: Int?) throws -> Int? {
      guard let initial else { return try options.integer(key) }
      return try options.integer(key, default: initial)
    }
    let counts = (
      train: try count("train_samples", defaultCounts?.train),
      test: try count("test_samples", defaultCounts?.test)
    )
    // Told only when the files have been read.
    let tooMany = (train: options.error("train_samples", ""), test: options.error("test_samples", ""))
    let total: Int? =
      if let train = counts.train, let test = counts.test { train + test } else { storedCount }
    // A label takes four bytes.
    let bytesOfImage = stored.reduce(1, *) + 4
    return Dataset(
      shape: written.map { [stored[0], $0.height, $0.width] },
      byteCount: total.map { $0 * bytesOfImage }, path: isDrawn ? nil : path,
      unlabelled: { try treatment.unlabelled($0, $1) }
    ) { split, augments in
      let count = split == .train ? counts.train : counts.test
      if isDrawn, let count, let free = FreeMemory.byteCount(), count > free / bytesOfImage {
        let key = split == .train ? "train_samples" : "test_samples"
        var error = split == .train ? tooMany.train : tooMany.test
        error.problem =
          "found \(count), which take \(FreeMemory.text(count * bytesOfImage)), but \(FreeMemory.text(free)) are free; "
          + "expected a smaller \(key)"
        throw error
      }
      var images = try load(path ?? "", split, count)
      if !isDrawn, let count {
        guard count <= images.count else {
          var error = split == .train ? tooMany.train : tooMany.test
          error.problem = "found \(count), expected at most the \(images.count) samples in \(path ?? "")"
          throw error
        }
        images = images.prefix(count)
      }
      return try treatment.applied(to: treatment.fitted(images, path: path ?? "the set"), augments: augments)
    }
  }
}
