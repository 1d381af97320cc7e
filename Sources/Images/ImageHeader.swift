import CJPEG
import Inputs

/// What an image file tells before its pixels are decoded.
package struct ImageHeader: Hashable, Sendable {
  /// How the file is written.
  package let format: ImageFormat
  /// The width of the upright image in pixels, at least 1.
  package var width: Int { orientation.isTransposed ? storedHeight : storedWidth }
  /// The height of the upright image in pixels, at least 1.
  package var height: Int { orientation.isTransposed ? storedWidth : storedHeight }
  /// 1 if the image is gray, else 3; alpha does not count.
  package let channels: Int
  /// How the stored image is turned to be upright.
  package let orientation: ImageOrientation
  /// The size as stored, in pixels.
  let storedWidth: Int
  let storedHeight: Int

  /// The most pixels that an image may have, as many as Pillow takes.
  package static let largestPixelCount = 178_956_970

  /// Reads the header of a file, and looks whether the file goes on to the image's end.
  ///
  /// Truncated files are found so, and bytes that are no image; damaged pixels are not.
  ///
  /// - Parameter bytes: the whole file.
  package init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) {
    guard !bytes.isEmpty else { throw .empty }
    if bytes.starts(with: PNGChunks.signature) {
      let chunks = try PNGChunks(bytes)
      (format, channels, orientation) = (.png, chunks.channels, chunks.orientation)
      (storedWidth, storedHeight) = (chunks.width, chunks.height)
    } else if bytes.starts(with: JPEGSegments.signature) {
      let segments = try JPEGSegments(bytes)
      let header = try JPEGCodec.header(of: bytes)
      (format, orientation) = (.jpeg, segments.orientation)
      (storedWidth, storedHeight) = (Int(header.width), Int(header.height))
      switch header.components {
      case 1: channels = 1
      case 3: channels = 3
      case 4: throw .unsupportedColors("a CMYK image")
      default: throw .unsupportedColors("an image of \(header.components) components")
      }
    } else {
      throw .otherKind(FileKind(head: bytes.prefix(FileKind.headByteCount))?.description)
    }
    guard storedWidth > 0, storedHeight > 0, storedWidth <= Self.largestPixelCount / storedHeight else {
      throw .oversized(width: storedWidth, height: storedHeight)
    }
  }

  /// The bytes of the stored image, decoded.
  var storedByteCount: Int { storedWidth * storedHeight * channels }
}
