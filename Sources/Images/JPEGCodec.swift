import CJPEG
import Foundation
import Mistakes

/// The calls of libjpeg-turbo.
enum JPEGCodec {
  /// What libjpeg reads in the header.
  static func header(of bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) -> lockstep_jpeg_header {
    try read(bytes, into: nil)
  }

  /// Decodes into [height, width, components] bytes.
  static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, into pixels: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    _ = try read(bytes, into: pixels)
  }

  private static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, into pixels: UnsafeMutablePointer<UInt8>?
  ) throws(ImageError) -> lockstep_jpeg_header {
    var header = lockstep_jpeg_header()
    var message = [CChar](repeating: 0, count: Int(lockstep_jpeg_message_size))
    let status = lockstep_jpeg_read(bytes.baseAddress, bytes.count, &header, pixels, &message)
    guard status == 0 else { throw .damaged(.jpeg, reason: text(message)) }
    return header
  }

  /// Writes [height, width, components] bytes as a file, in quality 1 to 100.
  static func encode(
    _ pixels: [UInt8], width: Int, height: Int, components: Int, quality: Int
  ) throws(ImageError) -> [UInt8] {
    var message = [CChar](repeating: 0, count: Int(lockstep_jpeg_message_size))
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = lockstep_jpeg_write(
      pixels, UInt32(width), UInt32(height), Int32(components), Int32(quality), &bytes, &count, &message)
    guard status == 0 else { throw .damaged(.jpeg, reason: text(message)) }
    defer { free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}

/// A library's message without the line ends and other characters that a damaged file may have put there.
func text(_ message: [CChar]) -> String {
  let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? "?" : $0 }))
}
