extension NumberTable {
  /// A hash of the table's size and numbers, to compare the data that two processes read.
  ///
  /// It is the 64-bit FNV-1a hash of: rows and columns as eight bytes each, least significant first; the
  /// numbers, row by row, as the machine holds them.
  package var fingerprint: UInt64 {
    var hash = FNV1a()
    hash.combine(rowCount)
    hash.combine(columnCount)
    values.withUnsafeBytes { hash.combine($0.bindMemory(to: UInt8.self)) }
    return hash.value
  }
}
