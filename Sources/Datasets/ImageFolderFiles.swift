import Foundation
import Mistakes

/// The two splits of a folder of images, read and checked once for both.
///
/// `path/train/CLASS/…` and `path/test/CLASS/…` or `path/val/CLASS/…`; or `path/CLASS/…`, of which a share is held back.
public struct ImageFolderFiles: Sendable {
  /// What becomes of a file that is no image, or ends early.
  public enum OnBroken: String, CaseIterable, Sendable {
    /// The run does not begin.
    case stop
    /// It is left out, and told.
    case skip
  }

  /// How files are found and divided.
  public struct Options: Sendable {
    /// The folder.
    public var path: String
    /// The share of the files that are held back for the test split, > 0 and < 1; nil where the splits are folders.
    public var testFraction: Double?
    /// The seed that the share is drawn with.
    public var seed: UInt64
    /// The classes in order; nil for all folders, sorted by the bytes of their names.
    public var classes: [String]?
    /// What becomes of broken files.
    public var onBroken: OnBroken

    /// Makes options of the files in a folder.
    public init(
      path: String, testFraction: Double? = nil, seed: UInt64 = 0, classes: [String]? = nil,
      onBroken: OnBroken = .stop
    ) {
      self.path = path
      self.testFraction = testFraction
      self.seed = seed
      self.classes = classes
      self.onBroken = onBroken
    }
  }

  /// The names of the classes, by class.
  public let classNames: [String]
  private let seed: UInt64
  private let train: CheckedImageFiles
  private let test: CheckedImageFiles

  /// Finds and checks all files.
  ///
  /// - Throws: `DatasetError` that names the first folder or file that is not as it should be.
  public init(_ options: Options) throws(DatasetError) {
    let skips = options.onBroken == .skip
    seed = options.seed
    if let fraction = options.testFraction {
      if let split = try DirectoryListing(options.path).directories.first(where: { $0 == "train" }) {
        throw .splitsAndFraction(directory: options.path, split: split)
      }
      let folders = try ClassFolders(options.path, classes: options.classes)
      classNames = folders.classes
      let all = try CheckedImageFiles(folders, in: options.path, skips: skips)
      func isTest(_ file: CheckedImageFiles.File) -> Bool {
        Double(Self.draw(file.name, seed: options.seed) >> 11) * 0x1p-53 < fraction
      }
      (train, test) = (all.filtered { !isTest($0) }, all.filtered(isTest).withoutSkipped)
    } else {
      let splits = try DirectoryListing(options.path).directories
      guard splits.contains("train"), let testName = ["test", "val"].first(where: splits.contains) else {
        throw .noSplits(directory: options.path, found: splits)
      }
      let (trainPath, testPath) = ("\(options.path)/train", "\(options.path)/\(testName)")
      let folders = try ClassFolders(trainPath, classes: options.classes)
      classNames = folders.classes
      let testFolders = try ClassFolders(
        testPath, classes: folders.classes, isComplete: false, ignoresOthers: options.classes != nil)
      train = try CheckedImageFiles(folders, in: trainPath, skips: skips)
      test = try CheckedImageFiles(testFolders, in: testPath, skips: skips)
    }
    guard classNames.count > 1 else { throw .oneClass(directory: options.path, name: classNames[0]) }
    for (split, files) in [("training", train), ("test", test)] where files.files.isEmpty {
      throw .emptySplit(directory: options.path, split: split, fraction: options.testFraction)
    }
  }

  /// The channels that hold all images: 1 if every one is gray, else 3.
  public var channels: Int { (train.files + test.files).contains { $0.channels == 3 } ? 3 : 1 }

  /// The number of files of a split.
  public func count(_ split: DatasetSplit) -> Int { files(split).files.count }

  private func files(_ split: DatasetSplit) -> CheckedImageFiles { split == .train ? train : test }

  /// The samples of a split.
  ///
  /// - Parameters:
  ///   - count: how many, at most those that there are; a smaller number is drawn by the hash of the files' names and the seed,
  ///     since the first ones are all of the first class; nil for all.
  ///   - fit: how images become those that are written, which must have one size.
  ///   - channels: 1 or 3.
  ///   - cacheByteCount: the most bytes of decoded images that are held in memory; where they are more, files are read ahead.
  ///   - loaderThreads: the threads that do that.
  ///   - takesParts: whether the samples will be augmented by a ``RandomResizedCrop``, which begins with the files.
  /// - Throws: `DatasetError`, see ``ImageFolder``.
  public func samples(
    _ split: DatasetSplit, count: Int? = nil, fit: ImageFit, channels: Int, cacheByteCount: Int,
    loaderThreads: Int,
    takesParts: Bool = false
  ) throws(DatasetError) -> ImageFolder {
    var chosen = files(split)
    if let count, count < chosen.files.count {
      let draws = chosen.files.map { Self.draw($0.name, seed: seed) }
      let first = draws.indices.sorted { (draws[$0], $0) < (draws[$1], $1) }.prefix(count)
      chosen.files = first.sorted().map { chosen.files[$0] }
    }
    return try ImageFolder(
      chosen, classes: classNames,
      ImageFolder.Options(
        fit: fit, channels: channels, cacheByteCount: cacheByteCount, loaderThreads: loaderThreads,
        takesParts: takesParts))
  }

  /// A number of 64 bits that a seed and a name stand for: the FNV-1a hash of the seed's eight bytes and the name, mixed so that
  /// the upper bits depend on all of it.
  ///
  /// Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014, section 3.1, the mixing of variant 13.
  package static func draw(_ name: String, seed: UInt64) -> UInt64 {
    var hash = FNV1a()
    hash.combine(seed)
    Array(name.utf8).withUnsafeBufferPointer { hash.combine($0) }
    var bits = hash.value
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}

extension CheckedImageFiles {
  /// Those files for which a condition holds.
  fileprivate func filtered(_ isIncluded: (File) -> Bool) -> CheckedImageFiles {
    var result = self
    result.files = files.filter(isIncluded)
    return result
  }

  /// The same files, without the ones that were left out, which another split tells.
  fileprivate var withoutSkipped: CheckedImageFiles {
    var result = self
    result.skipped = []
    return result
  }
}
