/// The 64-bit FNV-1a hash of a sequence of bytes.
///
/// Chosen because it is the same on every machine, simple enough to be recomputed elsewhere, and sensitive to
/// the order of the bytes. It detects differences; it is no defence against forgery.
///
/// Noll, Vo, Eastlake, Hansen: "The FNV Non-Cryptographic Hash Algorithm", RFC 9923, 2026.
package struct FNV1a {
  /// The hash of the bytes so far.
  package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  /// Appends bytes to the hashed sequence.
  package mutating func combine(_ bytes: UnsafeBufferPointer<UInt8>) {
    var hash = value
    for byte in bytes {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    value = hash
  }

  /// Appends the bytes of an integer, eight of an `Int` and four of an `Int32`, the least significant first.
  package mutating func combine(_ integer: some FixedWidthInteger) {
    withUnsafeBytes(of: integer.littleEndian) { combine($0.bindMemory(to: UInt8.self)) }
  }
}
