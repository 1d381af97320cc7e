import Inputs
import Mistakes

/// An image as its pixels: upright planes of bytes, one for each channel.
///
/// The pixels are, byte for byte, those of Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`, or
/// `convert("L")` for one channel. Alpha is left out, not multiplied. Of 16 bits a sample the upper 8 are taken; so does
/// Pillow with color, whereas its conversion of 16-bit gray makes 255 of every value above, which leaves most such images white.
package struct DecodedImage: Sendable {
  /// The width in pixels, at least 1.
  package let width: Int
  /// The height in pixels, at least 1.
  package let height: Int
  /// 1, gray, or 3, red, green and blue.
  package let channels: Int
  /// [channel, row, column] bytes, row-major.
  package let pixels: [UInt8]

  /// Decodes a file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - channels: 1 or 3: what colors and gray are converted to; nil leaves them as they are.
  /// - Throws: `ImageError` if the file is no image that is decoded here, is truncated or damaged, or its pixels do not fit
  ///   into the memory that is free.
  package init(_ bytes: UnsafeBufferPointer<UInt8>, channels: Int? = nil) throws(ImageError) {
    require(channels.map { $0 == 1 || $0 == 3 } ?? true, "images have 1 or 3 channels, not \(channels ?? 0)")
    let header = try ImageHeader(bytes)
    try Self.requireRoom(for: header)
    let stored = try Self.stored(bytes, header)
    self.channels = channels ?? header.channels
    (width, height) = (header.width, header.height)
    pixels = Self.planes(of: stored, header, channels: self.channels)
  }

  /// Small images need not be asked about: where they find no room, nothing does.
  private static let freePixelCount = 1 << 24

  private static func requireRoom(for header: ImageHeader) throws(ImageError) {
    // The stored bytes, the planes, and what the decoders keep: coefficients of a progressive JPEG take two bytes each.
    guard header.storedWidth * header.storedHeight > freePixelCount, let free = FreeMemory.byteCount(),
      4 * header.storedByteCount > free
    else { return }
    throw .noMemory(width: header.width, height: header.height, freeByteCount: free)
  }

  /// The image as it is stored: [row, column, channel] bytes.
  private static func stored(
    _ bytes: UnsafeBufferPointer<UInt8>, _ header: ImageHeader
  ) throws(ImageError) -> [UInt8] {
    var failure: ImageError?
    let stored = [UInt8](unsafeUninitializedCapacity: header.storedByteCount) { buffer, count in
      guard let pixels = buffer.baseAddress else { return }
      do throws(ImageError) {
        switch header.format {
        case .jpeg: try JPEGCodec.decode(bytes, into: pixels)
        case .png: try PNGCodec.decode(bytes, header, into: pixels)
        }
        count = header.storedByteCount
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return stored
  }

  /// Sorts stored pixels into upright planes.
  private static func planes(of stored: [UInt8], _ header: ImageHeader, channels: Int) -> [UInt8] {
    let area = header.width * header.height
    return [UInt8](unsafeUninitializedCapacity: channels * area) { planes, count in
      stored.withUnsafeBufferPointer { stored in
        guard let planes = planes.baseAddress, let stored = stored.baseAddress else { return }
        let walk = Walk(header)
        switch (header.channels, channels) {
        case (3, 3):
          for channel in 0..<3 {
            walk.fill(planes + channel * area) { stored[3 * $0 + channel] }
          }
        case (3, _):
          walk.fill(planes) { position in
            luminance(stored[3 * position], stored[3 * position + 1], stored[3 * position + 2])
          }
        default:
          walk.fill(planes) { stored[$0] }
          for channel in 1..<max(channels, 1) {
            (planes + channel * area).update(from: planes, count: area)
          }
        }
      }
      count = channels * area
    }
  }

  /// The luminance of ITU-R BT.601 in units of 2⁻¹⁶, rounded, as Pillow computes it.
  @inline(__always)
  private static func luminance(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let sum = 19_595 * UInt32(red) + 38_470 * UInt32(green) + 7_471 * UInt32(blue) + 0x8000
    return UInt8(truncatingIfNeeded: sum >> 16)
  }
}

/// The way through a stored image's pixels in the order of the upright one.
private struct Walk {
  let rowCount: Int
  let columnCount: Int
  let first: Int
  let rowStep: Int
  let columnStep: Int

  init(_ header: ImageHeader) {
    let (width, height) = (header.storedWidth, header.storedHeight)
    let reversal = header.orientation.reversal
    first = (reversal.rows ? (height - 1) * width : 0) + (reversal.columns ? width - 1 : 0)
    let down = reversal.rows ? -width : width
    let right = reversal.columns ? -1 : 1
    (rowStep, columnStep) = header.orientation.isTransposed ? (right, down) : (down, right)
    (rowCount, columnCount) = (header.height, header.width)
  }

  /// Writes a plane, whose values `pixel` finds by the position of a stored pixel.
  @inline(__always)
  func fill(_ plane: UnsafeMutablePointer<UInt8>, _ pixel: (Int) -> UInt8) {
    for row in 0..<rowCount {
      let target = plane + row * columnCount
      let start = first + row * rowStep
      if columnStep == 1 {
        for column in 0..<columnCount { target[column] = pixel(start &+ column) }
      } else {
        for column in 0..<columnCount { target[column] = pixel(start &+ column &* columnStep) }
      }
    }
  }
}
