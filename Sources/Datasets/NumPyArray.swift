import Inputs

/// An array of a `.npy` file or of a member of an `.npz`, whose header was read and whose numbers are still to come.
struct NumPyArray: ~Copyable {
  /// What messages call it.
  let name: String
  /// What the header says.
  let header: NumPyHeader
  /// The number of elements.
  let count: Int
  private var input: SectionInput

  /// Opens an `.npy` file, as the other initializer does.
  init(path: String) throws(DatasetError) {
    let file = try RandomAccessFile(path: path)
    try self.init(
      SectionInput(
        SectionInput.Section(
          name: path, offset: 0, storedByteCount: file.byteCount, byteCount: file.byteCount),
        of: file))
  }

  /// Reads the header, and compares its sizes with what is there.
  ///
  /// - Throws: `DatasetError` if this is no array of numbers, or not as long as its header says.
  init(_ input: consuming SectionInput) throws(DatasetError) {
    let header = try NumPyHeader(&input)
    let name = input.section.name
    guard let count = product(header.shape), let byteCount = product([count, header.element.byteCount]) else {
      throw .oversized(file: name, dimensions: header.shape)
    }
    guard byteCount <= input.remainingByteCount else {
      throw .truncated(
        file: name, foundByteCount: input.remainingByteCount, expectedByteCount: byteCount)
    }
    guard byteCount == input.remainingByteCount else {
      throw .trailingBytes(file: name, expectedByteCount: input.position + byteCount)
    }
    (self.name, self.header, self.count) = (name, header, count)
    self.input = input
  }

  /// The shape as Python writes it: "(60000, 28, 28)".
  var shapeText: String {
    let lengths = header.shape.map(String.init).joined(separator: ", ")
    return header.shape.count == 1 ? "(\(lengths),)" : "(\(lengths))"
  }

  /// The first elements as bytes; of elements of one byte.
  consuming func bytes() throws(DatasetError) -> [UInt8] {
    try elements { $0.load(as: UInt8.self) }
  }

  /// The elements as single-precision numbers, those of integers divided by the largest of their type.
  consuming func floats() throws(DatasetError) -> [Float] {
    switch (header.element.kind, header.element.byteCount) {
    case (.unsigned, 1): try elements { Float($0.load(as: UInt8.self)) / 255 }
    case (.unsigned, 2): try words { (word: UInt16) in Float(word) / 65535 }
    case (.float, 4): try words { (word: UInt32) in Float(bitPattern: word) }
    case (.float, 8): try words { (word: UInt64) in Float(Double(bitPattern: word)) }
    default: throw .unusable(file: name, problem: "is \(header.element.name); expected numbers")
    }
  }

  /// The elements as integers; those above the largest `Int` are that one.
  consuming func integers() throws(DatasetError) -> [Int] {
    switch (header.element.kind, header.element.byteCount) {
    case (.unsigned, 1), (.boolean, _): try elements { Int($0.load(as: UInt8.self)) }
    case (.unsigned, 2): try words { (word: UInt16) in Int(word) }
    case (.unsigned, 4): try words { (word: UInt32) in Int(word) }
    case (.unsigned, _): try words { (word: UInt64) in Int(clamping: word) }
    case (.signed, 1): try elements { Int($0.load(as: Int8.self)) }
    case (.signed, 2): try words { (word: UInt16) in Int(Int16(bitPattern: word)) }
    case (.signed, 4): try words { (word: UInt32) in Int(Int32(bitPattern: word)) }
    case (.signed, _): try words { (word: UInt64) in Int(bitPattern: UInt(word)) }
    default: throw .unusable(file: name, problem: "is \(header.element.name); expected integers")
    }
  }

  /// The elements, each made of an integer of its bytes.
  private consuming func words<Word: FixedWidthInteger, Element>(
    _ element: (Word) -> Element
  ) throws(DatasetError) -> [Element] {
    let isBigEndian = header.element.isBigEndian
    return try elements {
      let word = $0.loadUnaligned(as: Word.self)
      return element(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
    }
  }

  /// Reads all elements.
  ///
  /// - Parameter element: makes one of its bytes.
  /// - Returns: the elements in the order of the file.
  private consuming func elements<Element>(
    _ element: (UnsafeRawPointer) -> Element
  ) throws(DatasetError) -> [Element] {
    let needed = product([count, MemoryLayout<Element>.stride])
    guard let needed, needed <= FreeMemory.byteCount() ?? .max else {
      throw .unusable(
        file: name,
        problem: "takes \(FreeMemory.text(needed ?? .max)) of memory, but "
          + "\(FreeMemory.text(FreeMemory.byteCount() ?? 0)) are free; expected a smaller array")
    }
    let width = header.element.byteCount
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    defer { buffer.deallocate() }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    while elements.count < count {
      let part = min(count - elements.count, buffer.count / width)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(part * width)])
      try input.fill(bytes)
      guard let start = UnsafeRawPointer(bytes.baseAddress) else { break }
      for index in 0..<part { elements.append(element(start + index * width)) }
    }
    try input.finish()
    return elements
  }
}
