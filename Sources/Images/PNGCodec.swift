import CPNG
import Foundation

/// The calls of libpng.
enum PNGCodec {
  /// Decodes into [height, width, channels] bytes.
  static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ header: ImageHeader, into pixels: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    var message = [CChar](repeating: 0, count: Int(lockstep_png_message_size))
    let status = lockstep_png_read(
      bytes.baseAddress, bytes.count, UInt32(header.storedWidth), UInt32(header.storedHeight),
      Int32(header.channels), pixels, &message)
    guard status == 0 else { throw .damaged(.png, reason: text(message)) }
  }

  /// Writes [height, width, channels] bytes as a file.
  static func encode(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int
  ) throws(ImageError) -> [UInt8] {
    var message = [CChar](repeating: 0, count: Int(lockstep_png_message_size))
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = lockstep_png_write(
      pixels, UInt32(width), UInt32(height), Int32(channels), &bytes, &count, &message)
    guard status == 0 else { throw .damaged(.png, reason: text(message)) }
    defer { free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}
