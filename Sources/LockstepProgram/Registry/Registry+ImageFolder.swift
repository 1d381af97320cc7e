import Configurations
import Datasets
import Inputs
import Synchronization

extension Registry {
  /// JPEG and PNG images in class folders.
  static let imageFolder: DatasetMaker = { options, context in
    guard let path = try options.text("path") else {
      throw options.error("path", "missing; expected the folder with the folders of the classes' images")
    }
    let treatment = try ImageOptions(options, seed: context.seed)
    let channels = try options.integer("channels", in: 1...3)
    guard channels != 2 else { throw options.error("channels", "found 2, expected 1 (gray) or 3 (RGB)") }
    let counts = (
      train: try options.integer("train_samples"), test: try options.integer("test_samples")
    )
    let tooMany = (train: options.error("train_samples", ""), test: options.error("test_samples", ""))
    let fraction = try options.number(
      "test_fraction",
      NumberRequirement(description: "a number greater than 0 and less than 1") { $0 > 0 && $0 < 1 })
    let files = ImageFolderFiles.Options(
      path: path, testFraction: fraction, seed: context.seed, classes: treatment.classNames,
      onBroken: try options.word("on_broken", default: ImageFolderFiles.OnBroken.stop))
    let most = try options.machineInteger("cache_bytes", default: 1 << 31, in: 0...Int.max)
    // Both splits of several ranks must find room where nobody has said how much there is.
    let cacheByteCount =
      options.isGiven("cache_bytes") ? most : min(most, FreeMemory.byteCount().map { $0 / 16 } ?? most)
    let loaderThreads = try options.machineInteger("loader_threads", default: 2, in: 0...64)
    let checked = CheckedOnce(files)
    return Dataset(
      shape: channels.flatMap { channels in
        treatment.fit.size.map { [channels, $0.height, $0.width] }
      }, path: path, unlabelled: { try treatment.unlabelled($0, $1) }
    ) { split, augments in
      let files = try checked.files()
      let count = split == .train ? counts.train : counts.test
      if let count, count > files.count(split) {
        var error = split == .train ? tooMany.train : tooMany.test
        error.problem = "found \(count), expected at most the \(files.count(split)) samples in \(path)"
        throw error
      }
      let images = try files.samples(
        split, count: count, fit: treatment.fit, channels: channels ?? files.channels,
        cacheByteCount: cacheByteCount, loaderThreads: loaderThreads,
        takesParts: augments && treatment.takesParts)
      return try treatment.applied(to: images, augments: augments)
    }
  }

  /// The files of both splits, which are found and checked when the first of them is asked for.
  private final class CheckedOnce: Sendable {
    private let options: ImageFolderFiles.Options
    private let known = Mutex<ImageFolderFiles?>(nil)

    init(_ options: ImageFolderFiles.Options) {
      self.options = options
    }

    func files() throws(DatasetError) -> ImageFolderFiles {
      if let files = known.withLock({ $0 }) { return files }
      let files = try ImageFolderFiles(options)
      known.withLock { $0 = files }
      return files
    }
  }
}

extension SectionOptions {
  /// The key `classes`, a list of at least two different names; nil if it is left out.
  func classNames() throws(ConfigurationError) -> [String]? {
    guard let names = try texts("classes") else { return nil }
    guard names.count > 1 else { throw error("classes", "found one name, expected at least 2") }
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw error("classes", "found \(name) twice, expected each class once")
    }
    return names
  }
}
