import Foundation
import Images
import Testing

/// Small files with what Pillow makes of them: Golden/decoding.json, which Golden/make_golden.py wrote.
struct GoldenImage: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let file: Data
  let width: Int
  let height: Int
  let rgb: String
  let gray: String

  var testDescription: String { name }
  var bytes: [UInt8] { [UInt8](file) }

  private struct Golden: Decodable {
    let cases: [GoldenImage]
  }

  static let all: [GoldenImage] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Golden/decoding.json")
    let golden = try? JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    return golden?.cases ?? []
  }()

  static func named(_ name: String) throws -> GoldenImage {
    try #require(all.first { $0.name == name })
  }
}

/// The 64-bit FNV-1a hash of bytes, in hexadecimal digits.
func fnv1a(_ bytes: [UInt8]) -> String {
  let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// Decodes a file in memory.
func decode(_ bytes: [UInt8], channels: Int? = nil) throws -> DecodedImage {
  // The copy ends where the file does, so that a sanitizer sees what is read behind it.
  try bytes.withUnsafeBufferPointer { try DecodedImage($0, channels: channels) }
}
