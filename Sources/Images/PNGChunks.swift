/// The header of a PNG file, and whether its chunks go on to the last one.
///
/// ISO/IEC 15948:2003, sections 5 and 11.
struct PNGChunks {
  /// The first bytes of every PNG file.
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  let width: Int
  let height: Int
  /// 1 if the image is gray, else 3.
  let channels: Int
  /// How the stored image is turned to be upright.
  let orientation: ImageOrientation

  /// Walks through a whole file that begins with the signature.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) {
    func number(at position: Int) -> Int {
      bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var position = Self.signature.count
    var header: UnsafeBufferPointer<UInt8>?
    var orientation: ImageOrientation?
    var hasPixels = false
    while true {
      // A chunk is its length, its name, its data and their checksum.
      guard position + 12 <= bytes.count else { throw .truncated(.png) }
      let length = number(at: position)
      let name = bytes[position + 4..<position + 8]
      guard length <= bytes.count - position - 12 else { throw .truncated(.png) }
      let data = bytes.part(position + 8..<position + 8 + length)
      position += 12 + length
      if header == nil {
        guard name.elementsEqual("IHDR".utf8), data.count == 13 else {
          throw .damaged(.png, reason: "begins with no header")
        }
        header = data
      } else if name.elementsEqual("eXIf".utf8) {
        orientation = orientation ?? ImageOrientation(exif: data)
      } else if name.elementsEqual("IDAT".utf8) {
        hasPixels = true
      } else if name.elementsEqual("IEND".utf8) {
        break
      }
    }
    guard hasPixels, let header else { throw .damaged(.png, reason: "has no pixels") }
    func size(_ position: Int) -> Int { header[position..<position + 4].reduce(0) { $0 << 8 | Int($1) } }
    (width, height) = (size(0), size(4))
    guard [0, 2, 3, 4, 6].contains(header[9]) else {
      throw .damaged(.png, reason: "has colors of unknown type \(header[9])")
    }
    // Bit 1 of the type: color, also by a palette.
    channels = header[9] & 2 == 0 ? 1 : 3
    self.orientation = orientation ?? .upright
  }
}
