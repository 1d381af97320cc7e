import Datasets
import Foundation
import Testing

/// Files of data that somebody made to do harm, or that are something else.
@Suite struct UntrustedFileTests {
  private func message(_ body: () throws -> Void) throws -> String {
    let error = try #require(#expect(throws: DatasetError.self) { try body() })
    #expect(!error.description.contains("\n"))
    return error.description
  }

  @Test("gzip that grows without end is refused after little of it", .timeLimit(.minutes(1)))
  func bomb() throws {
    try withTemporaryDirectory { directory in
      let zeros = try gzip([UInt8](repeating: UInt8(ascii: "0"), count: 70 << 20))
      let table = "\(directory)/table.csv.gz"
      try writeFile(zeros, to: table)
      #expect(
        try message { _ = try NumberTable(path: table) }.hasPrefix("\(table): holds more than 67.1 MB in "))
      let batch = "\(directory)/test_batch.bin.gz"
      try FileManager.default.copyItem(atPath: table, toPath: batch)
      let told = try message {
        _ = try ImageDataset.loadCIFAR(directory: directory, split: .test, kind: .ten)
      }
      #expect(
        told.hasPrefix("\(batch): holds more than 67.1 MB in ") && told.hasSuffix("decompress it by gunzip"))
      let images = "\(directory)/images.gz"
      // Members of gzip stand for their contents one after the other.
      try writeFile(gzip(idx([66 << 10, 32, 32], [])) + zeros, to: images)
      #expect(
        try message { _ = try IDXFile(path: images, dimensionCount: 3) }.hasPrefix(
          "\(images): holds more than 67.1 MB"))
    }
  }

  @Test("a header that announces more than the file can hold is refused before anything is read")
  func announcement() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/images"
      try writeFile(idx([60_000, 28, 28], [1, 2, 3]), to: path)
      #expect(
        try message { _ = try IDXFile(path: path, dimensionCount: 3) }
          == "\(path): truncated or another format: its header announces 47040000 bytes, but the file has 19")
      try writeFile(gzip(idx([60_000, 28, 28], [1, 2, 3])), to: path)
      #expect(
        try message { _ = try IDXFile(path: path, dimensionCount: 3) }.contains("announces 47040000 bytes"))
    }
  }

  @Test("a table of blank lines takes no more than its text, and a line of a million cells is refused")
  func tables() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/table.csv"
      try writeFile([UInt8](repeating: UInt8(ascii: "\n"), count: 4 << 20) + Array("1,2\n".utf8), to: path)
      let table = try NumberTable(path: path)
      #expect(table.values == [1, 2])
      try writeFile(Array("\n".utf8) + [UInt8](repeating: UInt8(ascii: ","), count: 1_000_000), to: path)
      #expect(
        try message { _ = try NumberTable(path: path) }
          == "\(path): row 2 has more than 1000000 columns; expected a table of numbers")
    }
  }

  @Test("files of another kind are called by their names, and nothing that is no file is waited for")
  func otherKinds() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/file"
      func table(_ bytes: [UInt8]) throws -> String {
        try writeFile(bytes, to: path)
        return try message { _ = try NumberTable(path: path) }
      }
      let text = "expected a table of numbers as text, a row a line"
      #expect(
        try table([0x50, 0x4B, 3, 4])
          == "\(path): is a PyTorch zip archive (or another one), which may hold code; \(text)")
      #expect(try table(idx([1], [0])) == "\(path): is an IDX file; \(text)")
      try writeFile([0x93] + Array("NUMPY".utf8), to: path)
      #expect(
        try message { _ = try IDXFile(path: path, dimensionCount: 1) }
          == "\(path): is a NumPy file; expected an IDX file of unsigned bytes in 1 dimension")
      #expect(mkfifo("\(directory)/test.bin", 0o600) == 0)
      #expect(
        try message { _ = try ImageDataset.loadCIFAR(directory: directory, split: .test, kind: .hundred) }
          == "\(directory)/test.bin: is a named pipe, not a file; expected a file of the data set")
      #expect(
        try message { _ = try NumberTable(path: "/dev/zero") }.hasPrefix("/dev/zero: is a device, not a file")
      )
    }
  }
}
