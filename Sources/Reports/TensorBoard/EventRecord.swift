package import Records

/// Records of TensorBoard's event files: a length, its checksum, the bytes, their checksum; all with the lowest byte first.
package enum EventRecord {
  /// The bytes of a record around an event.
  package static func record(_ event: ProtocolBuffer) -> [UInt8] {
    let length = bytes(UInt64(event.bytes.count))
    return length + bytes(CRC32C.masked(length)) + event.bytes + bytes(CRC32C.masked(event.bytes))
  }

  /// How many bytes of a file are whole records of steps up to one.
  ///
  /// - Parameters:
  ///   - file: the bytes of an event file that this program has written.
  ///   - step: the last step that counts.
  ///   - isEpochDone: whether evaluations after that step count, too: the records behind that of the step itself.
  package static func length(of file: [UInt8], upTo step: Int, isEpochDone: Bool) -> Int {
    var end = 0
    while let event = event(in: file, at: end) {
      let found = Event.step(of: event) ?? (0, false)
      guard found.step <= step else { break }
      end = event.endIndex + 4
      if found == (step, true), !isEpochDone { break }
    }
    return end
  }

  /// The event at a place of a file; nil at its end, and where the record is cut or damaged.
  package static func event(in file: [UInt8], at begin: Int) -> ArraySlice<UInt8>? {
    guard begin >= 0, file.count - begin >= 16 else { return nil }
    let length = file[begin..<begin + 8]
    guard number(file[begin + 8..<begin + 12]) == UInt64(CRC32C.masked(length)) else { return nil }
    let count = number(length)
    guard count <= UInt64(file.count - begin - 16) else { return nil }
    let event = file[begin + 12..<begin + 12 + Int(count)]
    let checksum = file[event.endIndex..<event.endIndex + 4]
    return number(checksum) == UInt64(CRC32C.masked(event)) ? event : nil
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
