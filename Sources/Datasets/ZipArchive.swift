import CZlib
import Inputs

/// The members of a zip file, as NumPy's `.npz` is one: stored or deflated, with 64-bit sizes where needed.
///
/// The format is described in PKWARE's "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3 to 4.5.
struct ZipArchive {
  /// A member, from the archive's directory.
  struct Member {
    var name: String
    fileprivate var flags: Int
    fileprivate var method: Int
    fileprivate var checksum: UInt32
    fileprivate var storedByteCount: Int
    fileprivate var byteCount: Int
    fileprivate var headerOffset: Int
  }

  /// All members, in the order of the directory.
  let members: [Member]
  private let file: RandomAccessFile

  /// The most bytes of a directory: some hundred thousand members.
  private static let largestDirectory = 16 << 20

  /// Reads the directory at the end of a file.
  ///
  /// - Throws: `DatasetError` if the file is no zip file, or damaged.
  init(path: String) throws(DatasetError) {
    let file = try RandomAccessFile(path: path)
    self.file = file
    let head = try file.bytes(at: 0, count: 4)
    guard head == [0x50, 0x4B, 3, 4] || head == [0x50, 0x4B, 5, 6] else {
      let kind = FileKind(ofPath: path).map(\.description) ?? "of another kind"
      throw .otherKind(file: path, kind: kind, expected: "an archive of NumPy's arrays (.npz)")
    }
    let end = try Self.end(of: file)
    guard end.byteCount <= Self.largestDirectory, end.offset >= 0, end.byteCount >= 0,
      end.offset <= file.byteCount - end.byteCount
    else { throw Self.damaged(path) }
    let directory = try file.bytes(at: end.offset, count: end.byteCount)
    var members: [Member] = []
    var position = 0
    while position < directory.count {
      guard let (member, next) = Self.member(in: directory, at: position) else { throw Self.damaged(path) }
      guard !members.contains(where: { $0.name == member.name }) else {
        throw .unusable(
          file: path, problem: "has two members of the name \(DatasetError.quoted(member.name))")
      }
      members.append(member)
      // A directory of many members would make the search for equal names slow.
      guard members.count <= 1000 else {
        throw .unusable(file: path, problem: "has more than 1000 members; expected a few arrays")
      }
      position = next
    }
    guard members.count == end.memberCount else { throw Self.damaged(path) }
    self.members = members
  }

  /// Opens a member for reading.
  ///
  /// - Throws: `DatasetError` if it is encrypted, compressed in another way, or lies outside of the file.
  func open(_ member: Member) throws(DatasetError) -> SectionInput {
    let name = "\(file.path): \(DatasetError.excerpt(member.name))"
    guard member.flags & 1 == 0 else { throw .unusable(file: name, problem: "is encrypted") }
    guard [0, 8].contains(member.method) else {
      throw .unusable(
        file: name,
        problem: "is compressed by method \(member.method); expected none or deflate, as NumPy writes them")
    }
    let header = try file.bytes(at: member.headerOffset, count: 30)
    guard header.count == 30, header.word(at: 0) == 0x0403_4B50 else { throw Self.damaged(file.path) }
    let offset = member.headerOffset + 30 + header.half(at: 26) + header.half(at: 28)
    guard offset <= file.byteCount - member.storedByteCount,
      member.method == 8 || member.storedByteCount == member.byteCount
    else { throw Self.damaged(file.path) }
    return try SectionInput(
      SectionInput.Section(
        name: name, offset: offset, storedByteCount: member.storedByteCount, byteCount: member.byteCount,
        isDeflated: member.method == 8, checksum: member.checksum),
      of: file)
  }

  private static func damaged(_ path: String) -> DatasetError {
    .unusable(
      file: path, problem: "is truncated or damaged: its directory of members is not whole; copy it again")
  }

  /// Where the directory lies.
  private static func end(
    of file: RandomAccessFile
  ) throws(DatasetError) -> (memberCount: Int, byteCount: Int, offset: Int) {
    // The record at the end, and a comment of up to 65535 bytes behind it.
    let tailCount = min(file.byteCount, 22 + 65535)
    let tailOffset = file.byteCount - tailCount
    let tail = try file.bytes(at: tailOffset, count: tailCount)
    var place = tail.count - 22
    while place >= 0 {
      if tail.word(at: place) == 0x0605_4B50, place + 22 + tail.half(at: place + 20) == tail.count { break }
      place -= 1
    }
    guard place >= 0 else { throw damaged(file.path) }
    let short = (
      memberCount: tail.half(at: place + 10), byteCount: Int(tail.word(at: place + 12)),
      offset: Int(tail.word(at: place + 16))
    )
    guard short.memberCount == 0xFFFF || short.byteCount == 0xFFFF_FFFF || short.offset == 0xFFFF_FFFF else {
      return short
    }
    // The longer record, which a pointer before the short one tells.
    let pointer = try file.bytes(at: max(0, tailOffset + place - 20), count: 20)
    guard pointer.count == 20, pointer.word(at: 0) == 0x0706_4B50, let offset = pointer.long(at: 8) else {
      return short
    }
    let long = try file.bytes(at: offset, count: 56)
    guard long.count == 56, long.word(at: 0) == 0x0606_4B50, let memberCount = long.long(at: 32),
      let byteCount = long.long(at: 40), let directory = long.long(at: 48)
    else { throw damaged(file.path) }
    return (memberCount, byteCount, directory)
  }

  /// The member at a place of the directory, and the place of the next one; nil if it is not whole.
  private static func member(in directory: [UInt8], at place: Int) -> (Member, next: Int)? {
    guard place + 46 <= directory.count, directory.word(at: place) == 0x0201_4B50 else { return nil }
    let nameStart = place + 46
    let extraStart = nameStart + directory.half(at: place + 28)
    let commentStart = extraStart + directory.half(at: place + 30)
    let next = commentStart + directory.half(at: place + 32)
    guard next <= directory.count else { return nil }
    var member = Member(
      name: String(decoding: directory[nameStart..<extraStart], as: UTF8.self),
      flags: directory.half(at: place + 8), method: directory.half(at: place + 10),
      checksum: directory.word(at: place + 16), storedByteCount: Int(directory.word(at: place + 20)),
      byteCount: Int(directory.word(at: place + 24)), headerOffset: Int(directory.word(at: place + 42)))
    guard member.readLongSizes(of: directory[extraStart..<commentStart]) else { return nil }
    return (member, next)
  }
}

extension ZipArchive.Member {
  /// Replaces the sizes and the place that did not fit into 32 bits by those of the extra field of number 1.
  ///
  /// - Returns: whether all that is needed is there.
  fileprivate mutating func readLongSizes(of extra: ArraySlice<UInt8>) -> Bool {
    let extra = Array(extra)
    var place = 0
    var values: [Int?] = []
    while place + 4 <= extra.count {
      let (number, count) = (extra.half(at: place), extra.half(at: place + 2))
      guard place + 4 + count <= extra.count else { return false }
      if number == 1 {
        values = stride(from: place + 4, through: place + 4 + count - 8, by: 8).map { extra.long(at: $0) }
      }
      place += 4 + count
    }
    for path in [\Self.byteCount, \Self.storedByteCount, \Self.headerOffset]
    where self[keyPath: path] == 0xFFFF_FFFF {
      guard !values.isEmpty, let value = values.removeFirst() else { return false }
      self[keyPath: path] = value
    }
    return true
  }
}

extension [UInt8] {
  /// The two bytes at a place, the least significant first.
  fileprivate func half(at place: Int) -> Int { Int(self[place]) | Int(self[place + 1]) << 8 }

  /// The four bytes at a place, the least significant first.
  fileprivate func word(at place: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: half(at: place) | half(at: place + 2) << 16)
  }

  /// The eight bytes at a place, the least significant first; nil where they are more than half of the range of `Int`,
  /// so that sums of two never overflow.
  fileprivate func long(at place: Int) -> Int? {
    let value = UInt64(word(at: place)) | UInt64(word(at: place + 4)) << 32
    return value <= UInt64(Int.max / 2) ? Int(value) : nil
  }
}
