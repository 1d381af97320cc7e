import Mistakes

/// Writes images as files in memory.
package enum ImageEncoding {
  /// A JPEG file with the library's usual subsampling of colors.
  ///
  /// - Parameters:
  ///   - pixels: [row, column, channel] bytes of 1 or 3 channels.
  ///   - quality: 1 to 100.
  package static func jpeg(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int, quality: Int = 90
  ) throws(ImageError) -> [UInt8] {
    requireShape(pixels, width, height, channels, among: [1, 3])
    return try JPEGCodec.encode(
      pixels, width: width, height: height, components: channels, quality: quality)
  }

  /// A PNG file of 8 bits a sample.
  ///
  /// - Parameter pixels: [row, column, channel] bytes of 1 (gray), 2 (gray, alpha), 3 (color) or 4 (color, alpha) channels.
  package static func png(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int
  ) throws(ImageError) -> [UInt8] {
    requireShape(pixels, width, height, channels, among: [1, 2, 3, 4])
    return try PNGCodec.encode(pixels, width: width, height: height, channels: channels)
  }

  private static func requireShape(
    _ pixels: [UInt8], _ width: Int, _ height: Int, _ channels: Int, among allowed: [Int]
  ) {
    require(
      width >= 1 && height >= 1 && allowed.contains(channels) && pixels.count == width * height * channels,
      "\(pixels.count) bytes are no image of \(height)×\(width)×\(channels)")
  }
}
