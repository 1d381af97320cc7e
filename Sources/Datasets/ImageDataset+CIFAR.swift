import Inputs

/// The two sets of 32×32 colour photographs of CIFAR, in their binary version.
///
/// A file is a run of records: the label (of CIFAR-100 the coarse one of 20, then the fine one of 100), then
/// 1024 bytes each of red, green and blue, row-major.
///
/// Krizhevsky: "Learning Multiple Layers of Features from Tiny Images", 2009,
/// https://www.cs.toronto.edu/~kriz/cifar.html.
public enum CIFAR: Int, Sendable {
  /// Ten classes.
  case ten = 10
  /// A hundred classes, the fine labels.
  case hundred = 100

  /// The number of classes.
  public var classes: Int { rawValue }

  /// The height and width of an image in pixels, 32.
  public static var side: Int { 32 }

  /// The bytes before a record's pixels; the last is the class.
  var labelByteCount: Int { self == .ten ? 1 : 2 }

  var recordByteCount: Int { labelByteCount + 3 * Self.side * Self.side }

  /// The folder that the archive unpacks to.
  var folder: String { self == .ten ? "cifar-10-batches-bin" : "cifar-100-binary" }

  func fileNames(_ split: DatasetSplit) -> [String] {
    switch (self, split) {
    case (.ten, .train): (1...5).map { "data_batch_\($0).bin" }
    case (.ten, .test): ["test_batch.bin"]
    case (.hundred, .train): ["train.bin"]
    case (.hundred, .test): ["test.bin"]
    }
  }
}

extension ImageDataset {
  /// Reads one split of CIFAR-10 or CIFAR-100 from its binary files.
  ///
  /// Each file may be gzipped, with `.gz` at the end of its name. Files may hold any number of records.
  /// Everything is checked before this returns.
  ///
  /// - Parameters:
  ///   - directory: the folder that holds the files, or the one that the archive was unpacked in.
  ///   - split: which files to read.
  ///   - kind: which of the two sets.
  /// - Returns: images of three channels, 32×32 pixels, values 0 to 1.
  /// - Throws: `DatasetError` if a file is missing or not a whole number of records, or if a label is not a
  ///   class.
  public static func loadCIFAR(
    directory: String, split: DatasetSplit, kind: CIFAR
  ) throws(DatasetError) -> ImageDataset {
    try requireDirectory(directory)
    var (pixels, labels): ([UInt8], [Int32]) = ([], [])
    for name in kind.fileNames(split) {
      let names = [name, name + ".gz"].flatMap { [$0, "\(kind.folder)/\($0)"] }
      let path = try firstFile(of: names, in: directory)
      var input = try GzipInput(path: path)
      let bytes = try input.read(.max)
      let record = kind.recordByteCount
      guard !bytes.isEmpty, bytes.count % record == 0 else {
        if let kind = FileKind(head: bytes) {
          throw .otherKind(
            file: path, kind: kind.description, expected: "CIFAR's records of \(record) bytes")
        }
        throw .partialRecord(file: path, byteCount: bytes.count, recordByteCount: record)
      }
      pixels.reserveCapacity(pixels.count + bytes.count)
      for start in stride(from: 0, to: bytes.count, by: record) {
        let label = bytes[start + kind.labelByteCount - 1]
        guard label < kind.classes else {
          throw .labelOutOfRange(
            file: path, index: start / record, label: Int(label), classes: kind.classes)
        }
        labels.append(Int32(label))
        pixels += bytes[start + kind.labelByteCount..<start + record]
      }
    }
    return ImageDataset(
      pixels: pixels, labels: labels, channels: 3, height: CIFAR.side, width: CIFAR.side,
      classes: kind.classes)
  }
}
