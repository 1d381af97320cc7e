import Inputs
public import Mistakes

/// Why a dataset could not be read; its description is one line that names the file.
public enum DatasetError: UserError, Equatable, Sendable {
  /// There is no directory at this path.
  case missingDirectory(path: String)
  /// The directory has no file by any of the names that were looked for.
  case missingFile(directory: String, names: [String])
  /// The system could not read the file, for the reason given.
  case unreadable(file: String, reason: String)
  /// What is there is of another kind than a data set's file, told in words.
  case otherKind(file: String, kind: String, expected: String)
  /// What is in the file is nothing that can be used, for a reason told in words.
  case unusable(file: String, problem: String)
  /// The header announces more bytes than the file can hold, even where it is gzipped.
  case announcesTooMuch(file: String, byteCount: Int, fileByteCount: Int)
  /// The file decompresses to more than is taken.
  case tooLarge(file: String, fileByteCount: Int, limit: Int)
  /// A line of a table has more cells than are taken; rows count lines from 1.
  case tooManyColumns(file: String, row: Int, limit: Int)
  /// The file is gzipped, and its compressed data are damaged or end early.
  case corruptGzip(file: String, reason: String)
  /// The file does not begin with the magic number of IDX bytes in the expected number of dimensions.
  case wrongMagicNumber(file: String, found: UInt32, expected: UInt32)
  /// The file ends before its last element; counted in bytes after decompression.
  case truncated(file: String, foundByteCount: Int, expectedByteCount: Int)
  /// The file goes on after its last element; counted in bytes after decompression.
  case trailingBytes(file: String, expectedByteCount: Int)
  /// The file is not a whole number of records, or has none.
  case partialRecord(file: String, byteCount: Int, recordByteCount: Int)
  /// The dimensions in the header are more than a file can hold.
  case oversized(file: String, dimensions: [Int])
  /// The file has no images, or images without pixels.
  case noImages(file: String, dimensions: [Int])
  /// The two files do not hold equally many samples.
  case countMismatch(images: String, imageCount: Int, labels: String, labelCount: Int)
  /// A label is not a class; `index` counts samples from 0.
  case labelOutOfRange(file: String, index: Int, label: Int, classes: Int)
  /// A table of numbers has no rows.
  case noRows(file: String)
  /// A row of a table is longer or shorter than the first; rows count lines from 1.
  case raggedRow(file: String, row: Int, foundCount: Int, expectedCount: Int)
  /// A cell of a table is no finite number; rows count lines from 1, columns from 1.
  case notANumber(file: String, row: Int, column: Int, cell: String)
  /// The values of a table's column have no deviation to divide by; columns count from 1.
  case noDeviation(file: String, column: Int, lowest: Double, highest: Double)
  /// An image file cannot be decoded, for the reason given in words.
  case brokenImage(file: String, problem: String)
  /// A folder of images has no folders for the splits.
  case noSplits(directory: String, found: [String])
  /// A folder has folders for the splits, though a share of its files is to be held back.
  case splitsAndFraction(directory: String, split: String)
  /// A folder of class folders has none.
  case noClasses(directory: String)
  /// All images are of one class.
  case oneClass(directory: String, name: String)
  /// A class that was asked for has no folder.
  case missingClass(directory: String, name: String, found: [String])
  /// A class of the test split is none of the training split.
  case unknownClass(directory: String, name: String, classes: [String])
  /// A class folder has no image files, only others.
  case emptyClass(directory: String, others: [String])
  /// Folders lie inside one another without end.
  case endlessDirectories(path: String, limit: Int)
  /// A split has no images.
  case emptySplit(directory: String, split: String, fraction: Double?)
  /// A folder has no images.
  case noImageFiles(directory: String)
  /// The images have several sizes, of which two are told as [height, width].
  case differentSizes(directory: String, String, [Int], String, [Int])
  /// There is no memory for the decoded images.
  case noRoomForImages(directory: String, byteCount: Int, freeByteCount: Int)
}

extension DatasetError {
  /// One line: the file, what was found, and what would be right.
  public var description: String {
    switch self {
    case .missingDirectory(let path):
      "\(path): no such directory; give the folder that holds the dataset's files"
    case .missingFile(let directory, let names):
      "\(directory): has none of \(names.joined(separator: ", "))"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .otherKind(let file, let kind, let expected):
      "\(file): is \(kind); expected \(expected)"
    case .unusable(let file, let problem):
      "\(file): \(problem)"
    case .announcesTooMuch(let file, let byteCount, let fileByteCount):
      "\(file): truncated or another format: its header announces \(byteCount) bytes, but the file has"
        + " \(fileByteCount)"
    case .tooLarge(let file, let fileByteCount, let limit):
      "\(file): holds more than \(FreeMemory.text(limit)) in \(FreeMemory.text(fileByteCount)), which is more than there"
        + " is memory for, or than data compress to; if it is meant so, decompress it by gunzip"
    case .tooManyColumns(let file, let row, let limit):
      "\(file): row \(row) has more than \(limit) columns; expected a table of numbers"
    case .corruptGzip(let file, let reason):
      "\(file): damaged gzip data (\(reason)); copy or download the file again"
    case .wrongMagicNumber(let file, let found, let expected):
      "\(file): begins with magic number \(Self.hexadecimal(found)), expected \(Self.hexadecimal(expected))"
        + " (IDX, unsigned bytes, \(counted(Int(expected & 0xFF), "dimension")))"
    case .truncated(let file, let found, let expected):
      "\(file): truncated: \(found) bytes found, \(expected) expected"
    case .trailingBytes(let file, let expected):
      "\(file): data go on after the \(expected) bytes that its header announces"
    case .partialRecord(let file, let byteCount, let recordByteCount):
      "\(file): truncated or another format: \(byteCount) bytes found, expected a positive multiple of"
        + " \(recordByteCount), the bytes of a label and an image"
    case .oversized(let file, let dimensions):
      "\(file): header announces \(sizes(dimensions)) bytes, more than a file can hold"
    case .noImages(let file, let dimensions):
      "\(file): holds no pixels: header announces \(sizes(dimensions)), at least 1×1×1 needed"
    case .countMismatch(let images, let imageCount, let labels, let labelCount):
      "\(labels): \(counted(labelCount, "label")) for the \(counted(imageCount, "image")) in \(images)"
        + "; their numbers must be equal"
    case .labelOutOfRange(let file, let index, let label, let classes):
      "\(file): " + labelText(label, of: index, classes: classes)
    case .noRows(let file):
      "\(file): has no rows of numbers, at least 1 needed"
    case .raggedRow(let file, let row, let found, let expected):
      "\(file): row \(row) has \(counted(found, "column")), but the first row has \(expected)"
    case .notANumber(let file, let row, let column, let cell):
      "\(file): row \(row), column \(column): '\(Self.excerpt(cell))' is not a number"
        + "; expected a finite one, such as -1.5 or 2e-3"
    case .noDeviation(let file, let column, let lowest, let highest):
      "\(file): column \(column) cannot be standardized: its values, \(lowest) to \(highest), have no"
        + " finite standard deviation above 0"
    default: imageDescription
    }
  }

  /// What is wrong with folders of images.
  private var imageDescription: String {
    switch self {
    case .brokenImage(let file, let problem): "\(file): \(problem)"
    case .noSplits(let directory, let found):
      "\(directory): expected folders train and test (or val) with a folder for each class, "
        + "or data.test_fraction to hold back a share; found \(Self.list(found, of: "folders"))"
    case .splitsAndFraction(let directory, let split):
      "\(directory): has a folder \(split), but data.test_fraction asks for class folders; leave one of them out"
    case .noClasses(let directory): "\(directory): has no folders; expected one for each class"
    case .oneClass(let directory, let name):
      "\(directory): has one class only, \(name); expected at least 2 class folders"
    case .missingClass(let directory, let name, let found):
      "\(directory): has no folder for the class \(name) of data.classes; found \(Self.list(found, of: "folders"))"
    case .unknownClass(let directory, let name, let classes):
      "\(directory)/\(name): no class of the training images; expected one of \(Self.list(classes, of: "classes"))"
    case .emptyClass(let directory, let others):
      "\(directory): has no images; expected .jpg, .jpeg or .png files"
        + (others.isEmpty ? "" : ", found \(Self.list(others, of: "files"))")
    case .endlessDirectories(let path, let limit):
      "\(path): more than \(limit) folders inside one another; is there a link to a folder above?"
    case .emptySplit(let directory, let split, let fraction):
      "\(directory): has no \(split) images"
        + (fraction.map { "; data.test_fraction: \($0) leaves none of so few files" } ?? "")
    case .noImageFiles(let directory): "\(directory): has no images"
    case .differentSizes(let directory, let first, let size, let other, let otherSize):
      "\(directory): the images have several sizes (\(first): \(sizes(size)), \(other): \(sizes(otherSize))); "
        + "set data.resize, such as data.resize=96"
    case .noRoomForImages(let directory, let byteCount, let free):
      "\(directory): the decoded images take \(FreeMemory.text(byteCount)), but \(FreeMemory.text(free)) are free; "
        + "set a smaller data.cache_bytes"
    default: ""
    }
  }

  /// The first of some names, and how many there are.
  private static func list(_ names: [String], of what: String) -> String {
    guard !names.isEmpty else { return "no \(what)" }
    let shown = names.prefix(5).map(excerpt).joined(separator: ", ")
    return names.count > 5 ? "\(names.count) \(what), such as \(shown)" : shown
  }

  /// A text in quotes, shortened, without characters that would break the line.
  static func quoted(_ text: String) -> String { "'\(excerpt(text))'" }

  /// The beginning of a text, without characters that would break the line.
  static func excerpt(_ text: String) -> String {
    let start = text.unicodeScalars.prefix(40).map { scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: "\u{FFFD}"
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(start)) + (text.unicodeScalars.count > 40 ? "…" : "")
  }

  private static func hexadecimal(_ word: UInt32) -> String {
    let digits = String(word, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
