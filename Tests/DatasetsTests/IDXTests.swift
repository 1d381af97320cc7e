import Datasets
import Foundation
import Testing

@Suite("IDX files")
struct IDXTests {
  static let pixels = (0..<(3 * 4 * 5)).map { UInt8(truncatingIfNeeded: $0 * 53) }
  static let labels: [UInt8] = [2, 0, 1]

  /// Every spelling under which the files of a split are found.
  @Test(arguments: ["-", "."], ["", ".gz"])
  func spellings(separator: String, ending: String) throws {
    try withTemporaryDirectory { directory in
      for (split, prefix) in [(DatasetSplit.train, "train"), (.test, "t10k")] {
        try writeSet(directory, prefix: prefix, separator: separator, ending: ending)
        let dataset = try ImageDataset.loadIDX(directory: directory, split: split, classes: 3)
        let sizes: [Int] = [dataset.count, dataset.channels, dataset.height, dataset.width, dataset.classes]
        #expect(sizes == [3, 1, 4, 5, 3])
        #expect((0..<3).map { UInt8(dataset.label(of: $0)) } == Self.labels)
        #expect((0..<3).flatMap { bytes(of: dataset, sample: $0) } == Self.pixels)
      }
    }
  }

  @Test("Compression is told by content: a plain file named .gz and a gzipped one without are both read")
  func contentDecides() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/labels"
      try writeFile(idx([3], Self.labels), to: path + ".gz")
      #expect(try IDXFile(path: path + ".gz", dimensionCount: 1).elements == Self.labels)
      try writeFile(gzip(idx([3], Self.labels)), to: path)
      #expect(try IDXFile(path: path, dimensionCount: 1).elements == Self.labels)
    }
  }

  @Test("Files larger than the reader's buffers arrive whole")
  func largeFile() throws {
    let elements = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    try withTemporaryDirectory { directory in
      for contents in [idx([3_000_001], elements), try gzip(idx([3_000_001], elements))] {
        try writeFile(contents, to: directory + "/file")
        #expect(try IDXFile(path: directory + "/file", dimensionCount: 1).elements == elements)
      }
    }
  }

  @Test("Missing directories and files say what was looked for")
  func missing() throws {
    try withTemporaryDirectory { directory in
      let absent = directory + "/absent"
      #expect(throws: DatasetError.missingDirectory(path: absent)) {
        try ImageDataset.loadIDX(directory: absent, split: .train, classes: 3)
      }
      let error = #expect(throws: DatasetError.self) {
        try ImageDataset.loadIDX(directory: directory, split: .test, classes: 3)
      }
      try expectOneLine(
        error, naming: directory, "t10k-images-idx3-ubyte,", "t10k-images-idx3-ubyte.gz",
        "t10k-images.idx3-ubyte,", "t10k-images.idx3-ubyte.gz")
    }
  }

  /// Damaged image files and the error that each must give, by the words it must contain.
  @Test(arguments: [
    ("wrong type", idx([3, 4, 5], pixels, type: 13), ["0x00000D03", "0x00000803"]),
    ("labels for images", idx([60], pixels), ["0x00000801", "0x00000803"]),
    ("header cut", Array(idx([3, 4, 5], pixels).prefix(10)), ["truncated", "10 bytes", "16 expected"]),
    ("magic cut", [0, 0, 8], ["truncated", "3 bytes", "16 expected"]),
    ("empty file", [], ["truncated", "0 bytes", "16 expected"]),
    ("pixels cut", idx([3, 4, 5], Array(pixels.dropLast())), ["truncated", "75 bytes", "76 expected"]),
    ("pixels over", idx([3, 4, 5], pixels + [0]), ["data go on", "76 bytes"]),
    ("no images", idx([0, 4, 5], []), ["0×4×5", "at least 1×1×1"]),
    ("no pixels", idx([3, 0, 5], []), ["3×0×5", "at least 1×1×1"]),
    ("four images", idx([4, 3, 5], pixels), ["labels", "3 labels", "4 images"]),
    (
      "absurd size", idx([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], []),
      ["4294967295×4294967295×4294967295", "more than a file"]
    ),
    (
      "huge size", idx([0xFFFF_FFFF, 28, 28], pixels),
      ["truncated", "announces 3367254359280 bytes", "but the file has "]
    ),
  ])
  func damage(name: String, images: [UInt8], words: [String]) throws {
    try withTemporaryDirectory { directory in
      try writeSet(directory)
      for contents in [images, try gzip(images)] {
        try writeFile(contents, to: directory + "/train-images-idx3-ubyte")
        let error = #expect(throws: DatasetError.self) {
          try ImageDataset.loadIDX(directory: directory, split: .train, classes: 3)
        }
        try expectOneLine(error, naming: directory + "/train-images-idx3-ubyte", words)
      }
    }
  }

  @Test("Every cut of a gzipped file and every inverted byte of its data is noticed")
  func gzipDamage() throws {
    let contents = idx([3, 4, 5], Self.pixels)
    let compressed = try gzip(contents)
    try withTemporaryDirectory { directory in
      let path = directory + "/train-images-idx3-ubyte.gz"
      try writeSet(directory, ending: ".gz")
      for length in 2..<compressed.count {
        try writeFile(Array(compressed.prefix(length)), to: path)
        let error = #expect(throws: DatasetError.self, "cut to \(length)") {
          try ImageDataset.loadIDX(directory: directory, split: .train, classes: 3)
        }
        try expectOneLine(error, naming: path)
      }
      // The header also holds a time and a name, which may be anything; the data and two checksums end the
      // file.
      let bodyStart = compressed.count - 8 - Self.pixels.count
      for position in bodyStart..<compressed.count {
        var flipped = compressed
        flipped[position] ^= 0xFF
        try writeFile(flipped, to: path)
        let error = #expect(throws: DatasetError.self, "byte \(position) inverted") {
          try ImageDataset.loadIDX(directory: directory, split: .train, classes: 3)
        }
        try expectOneLine(error, naming: path)
      }
    }
  }

  @Test("A label outside the classes is named with its position")
  func labelOutOfRange() throws {
    try withTemporaryDirectory { directory in
      try writeSet(directory)
      let path = directory + "/train-labels-idx1-ubyte"
      #expect(throws: DatasetError.labelOutOfRange(file: path, index: 0, label: 2, classes: 2)) {
        try ImageDataset.loadIDX(directory: directory, split: .train, classes: 2)
      }
      try writeFile(idx([3], [1, 2, 3]), to: path)
      let error = #expect(throws: DatasetError.self) {
        try ImageDataset.loadIDX(directory: directory, split: .train, classes: 3)
      }
      try expectOneLine(error, naming: path, "label 3", "sample 2", "0 to 2", "3 classes")
    }
  }

  @Test("There may be more classes than a byte has labels")
  func manyClasses() throws {
    try withTemporaryDirectory { directory in
      try writeSet(directory)
      try writeFile(idx([3], [255, 0, 254]), to: directory + "/train-labels-idx1-ubyte")
      let dataset = try ImageDataset.loadIDX(directory: directory, split: .train, classes: 1000)
      #expect(dataset.target == .classes(1000) && (0..<3).map(dataset.label(of:)) == [255, 0, 254])
    }
  }

  @Test("A directory in a file's place is called one")
  func unreadable() throws {
    try withTemporaryDirectory { directory in
      try writeSet(directory)
      let path = directory + "/train-images-idx3-ubyte"
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      let error = #expect(throws: DatasetError.self) {
        try ImageDataset.loadIDX(directory: directory, split: .train, classes: 3)
      }
      try expectOneLine(error, naming: path, "is a directory; expected a file of the data set")
    }
  }

  private func writeSet(
    _ directory: String, prefix: String = "train", separator: String = "-", ending: String = ""
  ) throws {
    let images = idx([3, 4, 5], Self.pixels)
    let labels = idx([3], Self.labels)
    let zips = ending == ".gz"
    try writeFile(
      zips ? gzip(images) : images, to: directory + "/\(prefix)-images\(separator)idx3-ubyte" + ending)
    try writeFile(
      zips ? gzip(labels) : labels, to: directory + "/\(prefix)-labels\(separator)idx1-ubyte" + ending)
  }
}
