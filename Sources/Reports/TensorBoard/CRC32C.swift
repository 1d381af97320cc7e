/// The checksum of records: CRC-32 with Castagnoli's polynomial, as RFC 3720 (iSCSI), appendix B.4, has it.
package enum CRC32C {
  /// By byte, the remainder that it leaves.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0x82F6_3B78
    }
  }

  /// The checksum of some bytes.
  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
    }
  }

  /// The checksum as records hold it, rotated and shifted so that a checksum of bytes which hold checksums is no trivial one.
  package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}
