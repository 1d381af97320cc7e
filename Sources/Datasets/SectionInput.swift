import CZlib
import Inputs

/// A part of a file, read from its first byte to its last, and decompressed on the way where it is deflated.
struct SectionInput: ~Copyable {
  /// Where the part lies, and what it must be.
  struct Section {
    /// What messages call it: the file, and the member of an archive.
    var name: String
    /// The place of its first byte in the file.
    var offset: Int
    /// The bytes that it takes in the file.
    var storedByteCount: Int
    /// The bytes that it has when decompressed.
    var byteCount: Int
    /// Whether it is deflated.
    var isDeflated = false
    /// The CRC-32 of its bytes, decompressed; nil where none is known.
    var checksum: UInt32?
  }

  /// What is read.
  let section: Section
  private let file: RandomAccessFile
  /// The next byte of the file to look at, counted from the section's first.
  private var storedPosition = 0
  /// The bytes that were given out.
  private(set) var position = 0
  private var checksum: UInt = 0
  private var inflater: Inflater?
  private var compressed: [UInt8] = []
  /// The bytes of `compressed` that were taken.
  private var taken = 0
  private var hasEnded = false

  /// Begins to read.
  ///
  /// - Throws: `DatasetError` if the section claims more than can come of it.
  init(_ section: Section, of file: RandomAccessFile) throws(DatasetError) {
    self.section = section
    self.file = file
    guard section.isDeflated else { return }
    guard section.byteCount / GzipInput.possibleRatio <= section.storedByteCount else {
      throw .announcesTooMuch(
        file: section.name, byteCount: section.byteCount, fileByteCount: section.storedByteCount)
    }
    let (most, overflows) = section.storedByteCount.multipliedReportingOverflow(by: GzipInput.largestRatio)
    guard overflows || section.byteCount <= max(GzipInput.freeByteCount, most) else {
      throw .unusable(
        file: section.name,
        problem:
          "holds \(FreeMemory.text(section.byteCount)) in \(FreeMemory.text(section.storedByteCount)), "
          + "which is more than data compress to; if it is meant so, save it by numpy.savez")
    }
    guard let inflater = Inflater() else { throw .unreadable(file: section.name, reason: "out of memory") }
    self.inflater = consume inflater
  }

  /// The bytes that are left.
  var remainingByteCount: Int { section.byteCount - position }

  /// Fills a buffer with the next bytes.
  ///
  /// - Throws: `DatasetError` if the file ends before, or its data are damaged.
  mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) {
    guard buffer.count <= remainingByteCount else {
      throw .truncated(
        file: section.name, foundByteCount: section.byteCount, expectedByteCount: position + buffer.count)
    }
    let readCount = section.isDeflated ? try inflate(into: buffer) : try copy(into: buffer)
    position += readCount
    guard readCount == buffer.count else {
      throw .truncated(
        file: section.name, foundByteCount: position, expectedByteCount: section.byteCount)
    }
    if section.checksum != nil {
      checksum = crc32_z(checksum, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count)
    }
  }

  /// The next bytes.
  ///
  /// - Parameter count: how many; small, since they are held twice.
  mutating func bytes(_ count: Int) throws(DatasetError) -> [UInt8] {
    guard count <= remainingByteCount else {
      throw .truncated(
        file: section.name, foundByteCount: section.byteCount, expectedByteCount: position + count)
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { buffer.deallocate() }
    try fill(buffer)
    return Array(buffer)
  }

  /// Requires that everything was read, and that it is what was written.
  mutating func finish() throws(DatasetError) {
    guard remainingByteCount == 0 else {
      throw .trailingBytes(file: section.name, expectedByteCount: position)
    }
    if section.isDeflated && !hasEnded {
      // The mark of the end may come behind the last byte.
      let more = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
      defer { more.deallocate() }
      guard try inflate(into: more) == 0, hasEnded else { throw damaged }
    }
    if let expected = section.checksum, UInt32(truncatingIfNeeded: checksum) != expected { throw damaged }
  }

  private var damaged: DatasetError {
    .unusable(file: section.name, problem: "damaged; copy or save the file again")
  }

  private mutating func copy(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    let count = try file.read(at: section.offset + storedPosition, into: buffer)
    storedPosition += count
    return count
  }

  /// Decompresses until the buffer is full or the data end.
  private mutating func inflate(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var written = 0
    while written < buffer.count && !hasEnded {
      if taken == compressed.count {
        compressed = try file.bytes(
          at: section.offset + storedPosition, count: min(1 << 17, section.storedByteCount - storedPosition))
        storedPosition += compressed.count
        taken = 0
      }
      let (isLast, start, room) = (
        compressed.isEmpty, taken, UnsafeMutableRawBufferPointer(rebasing: buffer[written...])
      )
      let step = compressed.withUnsafeMutableBytes { bytes in
        inflater?.inflate(UnsafeMutableRawBufferPointer(rebasing: bytes[start...]), into: room)
      }
      guard let step, step.progress != .damaged else { throw damaged }
      (taken, written) = (taken + step.taken, written + step.written)
      hasEnded = step.progress == .ended
      // Nothing comes of no input.
      if isLast && step.written == 0 { break }
    }
    return written
  }
}
