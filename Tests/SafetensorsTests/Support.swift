import Foundation
import Safetensors

/// A generator with a seed, so that a failing case comes again.
///
/// SplitMix64 of Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var result = state
    result = (result ^ (result >> 30)) &* 0xBF58_476D_1CE4_E5B9
    result = (result ^ (result >> 27)) &* 0x94D0_49BB_1331_11EB
    return result ^ (result >> 31)
  }
}

/// Runs a body with the path of a new directory, which is removed afterwards.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "safetensors-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try body(directory.path)
}

/// Returns what the reader makes of a file with these bytes.
func read(_ bytes: some Sequence<UInt8>) throws -> TensorFile {
  try withTemporaryDirectory { directory in
    let path = "\(directory)/bytes.safetensors"
    try Data(bytes).write(to: URL(filePath: path))
    return try TensorFile(contentsOf: path)
  }
}

/// Returns the bytes that the writer makes of a content.
func written(_ file: TensorFile) throws -> [UInt8] {
  try withTemporaryDirectory { directory in
    let path = "\(directory)/file.safetensors"
    try file.write(to: path)
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }
}

/// Returns a file's bytes made of a header's JSON and data.
func bytes(header json: String, data: [UInt8] = []) -> [UInt8] {
  withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { [UInt8]($0) } + Array(json.utf8) + data
}

/// Returns a content of random names, types, shapes, bytes and metadata.
func randomFile(seed: UInt64) -> TensorFile {
  var generator = SeededGenerator(state: seed)
  let alphabet = Array("abc.012_ \"\\/\n\t\u{0}\u{7F}äλ漢🙂")

  func text(_ longest: Int) -> String {
    String(
      (0..<Int.random(in: 0...longest, using: &generator)).compactMap { _ in
        alphabet.randomElement(using: &generator)
      })
  }

  var file = TensorFile()
  for _ in 0..<Int.random(in: 0...4, using: &generator) { file.metadata[text(6)] = text(20) }
  for dtype in DataType.allCases.shuffled(using: &generator).prefix(Int.random(in: 0...12, using: &generator))
  {
    let shape = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      Int.random(in: 0...5, using: &generator)
    }
    let bytes = (0..<shape.reduce(dtype.byteCount, *)).map { _ in UInt8.random(in: 0...255, using: &generator)
    }
    file[text(8)] = Tensor(dtype: dtype, shape: shape, bytes: bytes)
  }
  return file
}
