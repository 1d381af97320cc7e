/// How a stored image is turned to be upright, as a camera tells it.
///
/// Exif 2.32 (CIPA DC-008-2019), section 4.6.4, tag 274; what each value does is what Pillow's
/// `ImageOps.exif_transpose` does.
package enum ImageOrientation: Int, CaseIterable, Sendable {
  case upright = 1
  case mirrored, halfTurned, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Whether rows become columns.
  package var isTransposed: Bool { rawValue >= 5 }

  /// Whether the upright image's first row or column was the stored one's last, by the axis of the stored image.
  var reversal: (rows: Bool, columns: Bool) {
    switch self {
    case .upright, .transposed: (false, false)
    case .mirrored, .turnedLeft: (false, true)
    case .halfTurned, .transversed: (true, true)
    case .flipped, .turnedRight: (true, false)
    }
  }

  /// Finds the orientation in Exif data.
  ///
  /// - Parameter exif: a TIFF header and its directories; nil results from data that tell none or are damaged.
  init?(exif: UnsafeBufferPointer<UInt8>) {
    guard exif.count >= 8, exif[0] == exif[1] else { return nil }
    let isBigEndian = exif[0] == UInt8(ascii: "M")
    guard isBigEndian || exif[0] == UInt8(ascii: "I") else { return nil }
    func number(at position: Int, bytes count: Int) -> Int? {
      guard position >= 0, position + count <= exif.count else { return nil }
      let bytes = exif[position..<position + count]
      return isBigEndian
        ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let entryCount = number(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<entryCount {
      let position = directory + 2 + 12 * entry
      guard let tag = number(at: position, bytes: 2) else { return nil }
      guard tag == 274 else { continue }
      let isShort = number(at: position + 2, bytes: 2) == 3
      guard let value = number(at: position + 8, bytes: isShort ? 2 : 4) else { return nil }
      self.init(rawValue: value)
      return
    }
    return nil
  }

  /// Finds the orientation in XMP data, which Pillow asks where Exif data tell none.
  ///
  /// - Parameter xmp: a packet of XML.
  init?(xmp: UnsafeBufferPointer<UInt8>) {
    let key = Array("tiff:Orientation".utf8)
    guard xmp.count > key.count + 2, let start = xmp.firstPosition(of: key) else { return nil }
    var rest = xmp[(start + key.count)...]
    if rest.starts(with: "=\"".utf8) {
      rest = rest.dropFirst(2)
    } else if rest.first == UInt8(ascii: ">") {
      rest = rest.dropFirst()
    } else {
      return nil
    }
    guard let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
    self.init(rawValue: Int(digit - UInt8(ascii: "0")))
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Where a run of bytes begins for the first time.
  func firstPosition(of run: [UInt8]) -> Int? {
    guard count >= run.count else { return nil }
    return (0...count - run.count).first { start in
      self[start] == run[0] && self[start..<start + run.count].elementsEqual(run)
    }
  }

  /// A part of the bytes.
  func part(_ range: Range<Int>) -> UnsafeBufferPointer { UnsafeBufferPointer(rebasing: self[range]) }
}
