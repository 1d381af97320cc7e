/// The segments of a JPEG file before its pixels, and whether the file goes on to the image's end.
///
/// ITU-T T.81 (1992), annex B.
struct JPEGSegments {
  /// The first bytes of every JPEG file: the marker SOI and the beginning of the next one.
  static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// How the stored image is turned to be upright.
  let orientation: ImageOrientation

  private static let exif = Array("Exif\0\0".utf8)
  private static let xmp = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// Walks through a whole file that begins with the signature.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) {
    var exif: ImageOrientation?
    var xmp: ImageOrientation?
    var position = 2
    while true {
      // Any number of fill bytes may stand before a marker's code.
      while position < bytes.count, bytes[position] != 0xFF { position += 1 }
      while position < bytes.count, bytes[position] == 0xFF { position += 1 }
      guard position + 2 < bytes.count else { throw .truncated(.jpeg) }
      let marker = bytes[position]
      position += 1
      // Markers that stand alone, and a zero, which makes an FF before it one of data.
      if marker == 0 || marker == 1 || (0xD0...0xD8).contains(marker) { continue }
      guard marker != 0xD9 else { throw .damaged(.jpeg, reason: "has no pixels") }
      let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
      guard length >= 2 else { throw .damaged(.jpeg, reason: "a segment of \(length) bytes") }
      guard position + length <= bytes.count else { throw .truncated(.jpeg) }
      let segment = bytes.part(position + 2..<position + length)
      position += length
      if marker == 0xE1, exif == nil, segment.starts(with: Self.exif) {
        exif = ImageOrientation(exif: segment.part(Self.exif.count..<segment.count))
      } else if marker == 0xE1, xmp == nil, segment.starts(with: Self.xmp) {
        xmp = ImageOrientation(xmp: segment.part(Self.xmp.count..<segment.count))
      } else if marker == 0xDA {
        break
      }
    }
    orientation = exif ?? xmp ?? .upright
    // In the coded pixels an FF is followed by a zero or a restart marker: this is the image's end, not one in a segment.
    guard Self.hasEnd(bytes, from: position) else { throw .truncated(.jpeg) }
  }

  /// Whether the marker EOI follows a position.
  private static func hasEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
    // Behind the image there is little, if anything.
    var position = bytes.count - 2
    while position >= start {
      if bytes[position] == 0xFF, bytes[position + 1] == 0xD9 { return true }
      position -= 1
    }
    return false
  }
}
