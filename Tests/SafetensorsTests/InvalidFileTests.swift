import Foundation
import Safetensors
import Testing

@Suite("Reading an invalid file")
struct InvalidFileTests {
  /// Returns the one line that reading these bytes gives, without the path.
  private func message(_ bytes: some Sequence<UInt8>) throws -> String {
    let error = try #require(#expect(throws: TensorFileError.self) { try read(bytes) })
    let line = error.description
    #expect(line.hasPrefix("\(error.path): ") && !line.contains("\n"), "\(line)")
    return String(line.dropFirst(error.path.count + 2))
  }

  @Test("throws for every beginning of a valid one", arguments: [3, 5, 8] as [UInt64])
  func truncation(seed: UInt64) throws {
    let whole = try written(randomFile(seed: seed))
    for count in 0..<whole.count { _ = try message(whole.prefix(count)) }
    _ = try read(whole)
  }

  @Test("throws for anything after the last tensor")
  func excess() throws {
    #expect(
      try message(try written(randomFile(seed: 1)) + [0]).hasSuffix("nothing may follow the last tensor"))
  }

  @Test("never traps, whatever byte is wrong, and reads no other shape than the bytes allow")
  func corruption() throws {
    let whole = RoundTripTests.pythonFile
    var generator = SeededGenerator(state: 1)
    for _ in 0..<1_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      do {
        #expect(try read(bytes).tensors.reduce(0) { $0 + $1.tensor.bytes.count } == 39)
      } catch let error as TensorFileError {
        #expect(!error.description.contains("\n"))
      }
    }
  }

  private static let valid = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#

  @Test(
    "names what is wrong with the header",
    arguments: [
      ("", "has a header that is not a JSON object"),
      (" {}", "has a header that is not a JSON object"),
      ("\u{FEFF}{}", "has a header that is not a JSON object"),
      ("{\u{0}}\u{0}", "has a header that is not a JSON object"),
      ("[]", "has a header that is not a JSON object"),
      (#"{"a""#, "has a header that is not valid JSON"),
      (#"{"a":\#(valid)} x"#, "has a header that is not valid JSON"),
      (#"{"a":\#(valid),"a":\#(valid)}"#, #"tensor "a": occurs twice"#),
      (#"{"a":\#(valid),"\u0061":\#(valid)}"#, #"tensor "a": occurs twice"#),
      (#"{"__metadata__":{},"__metadata__":{},"a":\#(valid)}"#, #"tensor "__metadata__": occurs twice"#),
      (#"{"__metadata__":{"step":3},"a":\#(valid)}"#, "has a __metadata__ with other values than texts"),
      (#"{"__metadata__":"text","a":\#(valid)}"#, "has a __metadata__ with other values than texts"),
      (#"{"a":7}"#, #"tensor "a": needs a text dtype and"#),
      (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, #"tensor "a": needs a text dtype and"#),
      (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, #"tensor "a": needs a text dtype and"#),
      (#"{"a":{"dtype":"F32","shape":[1]}}"#, #"tensor "a": needs a text dtype and"#),
      (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "has a header that is not valid JSON"),
      (#"{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}"#, #"tensor "a": needs a text dtype and"#),
      (#"{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,4]}}"#, "has a header that is not valid JSON"),
      (
        #"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#,
        #"tensor "a": has the unknown dtype "F33""#
      ),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, #"tensor "a": has the shape [-1];"#),
      (
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#,
        #"tensor "a": has the shape [4294967296, 4294967296];"#
      ),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}"#, #"tensor "a": has the data_offsets [4];"#),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
        #"tensor "a": has the data_offsets [4, 0];"#
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
        #"tensor "a": has the data_offsets [-4, 0];"#
      ),
      (
        #"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}"#,
        #"tensor "a": is F64 [1], which is 8 bytes, but data_offsets [0, 4] hold 4"#
      ),
      (
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
        #"tensor "a": begins at byte 2 of the data, but the one before it ends at 0"#
      ),
      (
        #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
        #"tensor "b": begins at byte 2 of the data, but the one before it ends at 3"#
      ),
      (
        #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}"#,
        "has 4 bytes of data, but its header describes 5"
      ),
      (
        #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#,
        "has 4 bytes of data, but its header describes 3"
      ),
      (
        #"{"line\nbreak":{"dtype":"?","shape":[],"data_offsets":[0,4]}}"#,
        #"tensor "line\nbreak": has the unknown"#
      ),
    ])
  func header(json: String, expected: String) throws {
    let line = try message(bytes(header: json, data: [0, 0, 0, 0]))
    #expect(line.hasPrefix(expected), "\(line)")
  }

  @Test("accepts what the format leaves open: spaces, unknown keys, any order of the tensors")
  func tolerance() throws {
    let json =
      #"{ "b" : {"shape":[2], "dtype":"U8", "note":{"x":[","]}, "data_offsets":[2,4]} ,"#
      + "\n\t" + #""a{\"":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   "#
    let file = try read(bytes(header: json, data: [1, 2, 3, 4]))
    #expect(file.names == ["b", "a{\""])
    #expect(file["b"]?.bytes == [3, 4])
    #expect(file["a{\""]?.bytes == [1, 2])
  }

  @Test("throws for a header length that the file cannot hold")
  func headerLength() throws {
    for length in [3, 100_000_001, UInt64(Int64.max), .max] {
      let bytes = withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) } + [0x7B, 0x7D]
      #expect(
        try message(bytes).hasPrefix("says that its header has \(length) bytes, but at most 2 are possible"))
    }
    #expect(try message([1, 2, 3]).hasPrefix("has 3 bytes; a safetensors file begins with"))
  }

  @Test("throws for what is no regular file, with the system's reason")
  func notAFile() throws {
    func message(_ path: String) throws -> String {
      try #require(#expect(throws: TensorFileError.self) { try TensorFile(contentsOf: path) }).description
    }
    try withTemporaryDirectory { directory throws in
      let missing = "\(directory)/missing.safetensors"
      #expect(try message(missing) == "\(missing): cannot be opened: No such file or directory")
      #expect(try message(directory).hasPrefix("\(directory): is a directory; a safetensors file"))
      let pipe = "\(directory)/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(try message(pipe).hasPrefix("\(pipe): is a named pipe, not a file; a safetensors file"))
    }
  }
}
