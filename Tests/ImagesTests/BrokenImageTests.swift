import Foundation
import Images
import Testing

@Suite("Broken images")
struct BrokenImageTests {
  @Test(
    "A file that ends early is found by its header",
    arguments: ["jpeg 4:2:0", "jpeg progressive", "png color"])
  func truncated(name: String) throws {
    let bytes = try GoldenImage.named(name).bytes
    for count in [3, 9, 40, bytes.count / 2, bytes.count - 20, bytes.count - 2, bytes.count - 1] {
      #expect(throws: ImageError.self, "\(count) of \(bytes.count)") { try header(Array(bytes[..<count])) }
    }
    #expect(throws: ImageError.truncated(name.hasPrefix("png") ? .png : .jpeg)) {
      try header(Array(bytes[..<(bytes.count - 10)]))
    }
  }

  @Test(
    "Missing pixels are found though the file has its end", arguments: ["jpeg 4:2:0", "jpeg progressive"])
  func missingPixels(name: String) throws {
    let bytes = try GoldenImage.named(name).bytes
    let damaged = Array(bytes[..<(bytes.count - 100)]) + [0xFF, 0xD9]
    _ = try header(damaged)
    let error = try #require(throws: ImageError.self) { try decode(damaged) }
    #expect("\(error)".lowercased().contains("premature end"), "\(error)")
  }

  @Test("Damaged pixels of a PNG file are found")
  func damagedPNG() throws {
    var bytes = try GoldenImage.named("png color").bytes
    bytes[bytes.count / 2] ^= 0x55
    let error = try #require(throws: ImageError.self) { try decode(bytes) }
    guard case .damaged(.png, _) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test("Other files are called by their kind")
  func otherKinds() {
    func message(_ bytes: [UInt8]) -> String? {
      #expect(throws: ImageError.self) { try header(bytes) }.map { "\($0)" }
    }
    #expect(message([]) == "is empty; expected a JPEG or PNG image")
    #expect(message(Array("not an image".utf8)) == "is no image; expected a JPEG or PNG image")
    #expect(message(Array("%PDF-1.7".utf8)) == "is a PDF document; expected a JPEG or PNG image")
    #expect(message(Array("RIFF....WEBPVP8 ".utf8)) == "is a WebP image; expected a JPEG or PNG image")
    #expect(message(Array("GIF89a..........".utf8)) == "is a GIF image; expected a JPEG or PNG image")
  }

  @Test("CMYK is refused by name")
  func cmyk() {
    // A JPEG header of four components with Adobe's marker, without pixels.
    let components: [UInt8] = [1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]
    let frame: [UInt8] = [0xFF, 0xC0, 0, 20, 8, 0, 1, 0, 1, 4] + components
    let scan: [UInt8] = [0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]
    let file: [UInt8] = [0xFF, 0xD8] + frame + scan + [0, 0xFF, 0xD9]
    let error = #expect(throws: ImageError.self) { try header(file) }
    #expect(error == .unsupportedColors("a CMYK image"))
  }

  @Test("Sizes that no memory holds are refused before any is taken")
  func oversized() throws {
    var bytes = try GoldenImage.named("png gray").bytes
    bytes.replaceSubrange(16..<24, with: [0x00, 0x10, 0, 0, 0x00, 0x10, 0, 0])
    let error = try #require(throws: ImageError.self) { try decode(bytes) }
    #expect(error == .oversized(width: 1 << 20, height: 1 << 20))
    bytes.replaceSubrange(16..<24, with: [0, 0, 0, 0, 0, 0, 0, 1])
    #expect(throws: ImageError.self) { try decode(bytes) }
    // A size that is taken, but has no pixels behind it.
    bytes.replaceSubrange(16..<24, with: [0, 0, 4, 0, 0, 0, 4, 0])
    #expect(throws: ImageError.self) { try decode(bytes) }
  }

  @Test("No damage of a byte or an end ends the process", arguments: GoldenImage.all)
  func anyDamage(golden: GoldenImage) {
    let bytes = golden.bytes
    for position in bytes.indices {
      var damaged = bytes
      damaged[position] ^= UInt8(truncatingIfNeeded: 1 << (position % 8)) | 0x10
      // Large sizes are seen to above.
      guard let found = try? header(damaged), found.width * found.height < 1 << 16 else { continue }
      _ = try? decode(damaged)
      _ = try? decode(Array(damaged[..<position]))
    }
  }

  private func header(_ bytes: [UInt8]) throws -> ImageHeader {
    try bytes.withUnsafeBufferPointer { try ImageHeader($0) }
  }
}
