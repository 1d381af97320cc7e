import Foundation
import Safetensors
import Testing

/// Files that somebody made to do harm, or that are something else.
@Suite struct UntrustedFileTests {
  private func message(_ write: (URL) throws -> Void) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try write(file)
    let error = try #require(#expect(throws: TensorFileError.self) { try TensorFile(contentsOf: file.path) })
    #expect(!error.description.contains("\n"))
    return String(error.description.dropFirst(file.path.count + 2))
  }

  private func message(header: String) throws -> String {
    try message { file in
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      try (length + Data(header.utf8)).write(to: file)
    }
  }

  @Test("a header nested without end is refused", arguments: [600, 1_000_000])
  func nesting(depth: Int) throws {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      let deep = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
      #expect(try message(header: "{\"a\":\(deep)}").contains("header that is not valid JSON"))
      #expect(
        try message(header: "{\"a\":\(String(repeating: open, count: depth))").contains("not valid JSON"))
    }
  }

  @Test("a file with more bytes than there is memory, as a hole makes it, is not read")
  func hole() throws {
    let told = try message { file in
      let header = #"{"a":{"dtype":"U8","shape":[4398046511104],"data_offsets":[0,4398046511104]}}"#
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      try (length + Data(header.utf8)).write(to: file)
      try #require(truncate(file.path, off_t(8 + header.utf8.count + 4_398_046_511_104)) == 0)
    }
    #expect(told.hasPrefix("has 4.4 TB, but ") && told.hasSuffix(" of memory are free"), "\(told)")
  }

  @Test(
    "files of another kind are called by their names",
    arguments: [
      (
        [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0],
        "is a PyTorch zip archive (or another one), which may hold code; save it"
      ),
      ([0x80, 2, 0x8A], "is a Python pickle, which may hold code; save it"),
      ([0, 0, 8, 3, 0, 0, 0, 1, 0], "is an IDX file; expected a safetensors file"),
      ([0x89, 0x48, 0x44, 0x46, 0x0D], "is an HDF5 file; expected a safetensors file"),
      (Array("model: {name: lenet}".utf8), "is a text; expected a safetensors file"),
      ([], "has 0 bytes; a safetensors file begins with a header length of 8"),
    ] as [([UInt8], String)])
  func otherKinds(bytes: [UInt8], kind: String) throws {
    let told = try message { try Data(bytes).write(to: $0) }
    #expect(told.hasPrefix(kind), "\(told)")
  }
}
