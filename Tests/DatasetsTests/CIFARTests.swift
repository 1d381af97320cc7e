import Datasets
import Foundation
import Testing

@Suite struct CIFARTests {
  /// Record number n: label bytes, then pixels that depend on n, channel and place.
  private static func record(_ number: Int, _ labels: [UInt8]) -> [UInt8] {
    labels + (0..<3072).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 13 &+ $0 / 1024) }
  }

  private static func write(_ records: [[UInt8]], _ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try writeFile(records.flatMap { $0 }, to: path)
  }

  /// Two records in each file of CIFAR-10, three in those of CIFAR-100.
  private static func writeAll(_ directory: String) throws {
    for (file, name) in [
      "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch",
    ].enumerated() {
      try write(
        [0, 1].map { record(2 * file + $0, [UInt8((2 * file + $0) % 10)]) }, "\(directory)/\(name).bin")
    }
    for name in ["train", "test"] {
      try write((0..<3).map { record($0, [UInt8($0), UInt8(97 + $0)]) }, "\(directory)/\(name).bin")
    }
  }

  @Test("all files are read in order, pixels as red, green and blue planes")
  func reads() throws {
    try withTemporaryDirectory { directory in
      try Self.writeAll(directory)
      let train = try ImageDataset.loadCIFAR(directory: directory, split: .train, kind: .ten)
      #expect(train.description == "10 images of 3×32×32, 10 classes")
      #expect((0..<10).map(train.label(of:)) == Array(0..<10))
      #expect(try ImageDataset.loadCIFAR(directory: directory, split: .test, kind: .ten).label(of: 1) == 1)
      #expect(values(of: train, sample: 7) == Self.record(7, []).map { Float($0) / 255 })

      let fine = try ImageDataset.loadCIFAR(directory: directory, split: .train, kind: .hundred)
      #expect(fine.count == 3 && fine.classes == 100)
      #expect((0..<3).map(fine.label(of:)) == [97, 98, 99])
      #expect(values(of: fine, sample: 2) == Self.record(2, []).map { Float($0) / 255 })
    }
  }

  @Test("the folder of the archive is found in the one it was unpacked in")
  func folder() throws {
    try withTemporaryDirectory { directory in
      try Self.writeAll(directory + "/cifar-10-batches-bin")
      try Self.writeAll(directory + "/cifar-100-binary")
      for kind in [CIFAR.ten, .hundred] {
        for split in [DatasetSplit.train, .test] {
          #expect(try ImageDataset.loadCIFAR(directory: directory, split: split, kind: kind).count > 0)
        }
      }
    }
  }

  @Test("damage is told in one line that names the file")
  func damage() throws {
    try withTemporaryDirectory { directory in
      try Self.writeAll(directory)
      func error(_ records: [[UInt8]], _ name: String, _ kind: CIFAR) throws -> DatasetError? {
        let path = "\(directory)/\(name)"
        let before = try Data(contentsOf: URL(filePath: path))
        defer { try? before.write(to: URL(filePath: path)) }
        try Self.write(records, path)
        return #expect(throws: DatasetError.self) {
          try ImageDataset.loadCIFAR(directory: directory, split: .train, kind: kind)
        }
      }
      let whole = Self.record(0, [3])
      try expectOneLine(
        try error([whole, whole.dropLast()], "data_batch_3.bin", .ten), naming: "data_batch_3.bin",
        "truncated",
        "6145 bytes", "multiple of 3073")
      try expectOneLine(
        try error([whole + [0]], "data_batch_1.bin", .ten), naming: "data_batch_1.bin", "3074 bytes")
      try expectOneLine(try error([], "data_batch_5.bin", .ten), naming: "data_batch_5.bin", "0 bytes")
      try expectOneLine(
        try error([whole, Self.record(1, [10])], "data_batch_2.bin", .ten), naming: "data_batch_2.bin",
        "label 10", "0 to 9")
      // A file of CIFAR-10 where one of CIFAR-100 should be.
      try expectOneLine(try error([whole], "train.bin", .hundred), naming: "train.bin", "multiple of 3074")
      try expectOneLine(
        try error([Self.record(1, [0, 100])], "train.bin", .hundred), naming: "train.bin", "label 100",
        "0 to 99")

      try FileManager.default.removeItem(atPath: directory + "/data_batch_4.bin")
      let missing = #expect(throws: DatasetError.self) {
        try ImageDataset.loadCIFAR(directory: directory, split: .train, kind: .ten)
      }
      try expectOneLine(
        missing, naming: directory, "data_batch_4.bin,", "cifar-10-batches-bin/data_batch_4.bin", ".bin.gz")
    }
  }
}
