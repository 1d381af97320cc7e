import Inputs

/// What the header of a `.npy` file says of the array behind it.
///
/// The header is a Python dictionary as text, such as `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }`.
/// The format is described in NumPy's documentation, `numpy.lib.format`, versions 1.0 to 3.0.
struct NumPyHeader: Equatable {
  /// The type of the elements, and the order of their bytes.
  var element: NumPyElement
  /// Whether the first index runs fastest, not the last.
  var isFortranOrder: Bool
  /// The lengths of the dimensions; none of a single number.
  var shape: [Int]

  /// The most bytes of a header; NumPy itself takes no more than 10,000 from files that others wrote.
  private static let largestByteCount = 65_536

  /// Reads the header at the beginning of an array's bytes.
  ///
  /// - Throws: `DatasetError` if this is no array, or one whose elements are no numbers.
  init(_ input: inout SectionInput) throws(DatasetError) {
    let file = input.section.name
    func other(_ head: [UInt8]) -> DatasetError {
      .otherKind(
        file: file, kind: FileKind(head: head)?.description ?? "no NumPy array",
        expected: "an array as numpy.save writes it")
    }
    guard input.remainingByteCount >= 10 else {
      throw other(try input.bytes(input.remainingByteCount))
    }
    let head = try input.bytes(10)
    guard head.starts(with: [0x93] + Array("NUMPY".utf8)) else { throw other(head) }
    var byteCount = Int(head[8]) | Int(head[9]) << 8
    switch head[6] {
    case 1: break
    case 2, 3:
      let rest = try input.bytes(2)
      byteCount |= Int(rest[0]) << 16 | Int(rest[1]) << 24
    default:
      throw .unusable(
        file: file, problem: "is of version \(head[6]) of NumPy's format; expected 1, 2 or 3")
    }
    guard byteCount <= Self.largestByteCount else {
      throw .unusable(
        file: file, problem: "announces a header of \(byteCount) bytes, more than any array needs")
    }
    try self.init(text: input.bytes(byteCount), file: file)
  }

  /// Reads the dictionary.
  init(text: [UInt8], file: String) throws(DatasetError) {
    var literal = PythonLiteral(text)
    guard case .dictionary(let members)? = literal.value(), literal.isAtEnd else {
      throw .unusable(file: file, problem: "damaged: its header is no dictionary of Python")
    }
    func malformed(_ key: String, _ expected: String) -> DatasetError {
      .unusable(file: file, problem: "damaged: its header has no '\(key)' that is \(expected)")
    }
    switch members["descr"] {
    case .text(let description)?: element = try NumPyElement(description, file: file)
    case .list?:
      throw .unusable(
        file: file, problem: "holds records of several fields; save each field as an array of its own")
    default: throw malformed("descr", "a text")
    }
    guard case .boolean(let isFortranOrder)? = members["fortran_order"] else {
      throw malformed("fortran_order", "True or False")
    }
    guard case .tuple(let lengths)? = members["shape"] else { throw malformed("shape", "a tuple of lengths") }
    shape = lengths.compactMap { if case .integer(let length) = $0 { length } else { nil } }
    guard shape.count == lengths.count, shape.count <= 32 else {
      throw malformed("shape", "a tuple of lengths")
    }
    self.isFortranOrder = isFortranOrder
  }
}

/// The type of an array's elements.
struct NumPyElement: Equatable {
  /// What a number is.
  enum Kind: Equatable { case unsigned, signed, float, boolean }

  /// What the elements are.
  var kind: Kind
  /// The bytes of an element.
  var byteCount: Int
  /// Whether the most significant byte comes first.
  var isBigEndian: Bool

  /// Reads NumPy's name of a type, such as `<f4`.
  ///
  /// - Throws: `DatasetError` that says what the elements are, if they are no numbers.
  init(_ description: String, file: String) throws(DatasetError) {
    let byteCount = Int(description.dropFirst(2)) ?? 0
    let order = description.first ?? " "
    self.byteCount = byteCount
    isBigEndian = order == ">"
    switch (description.dropFirst().first, byteCount) {
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): kind = .unsigned
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): kind = .signed
    case ("f", 2), ("f", 4), ("f", 8): kind = .float
    case ("b", 1): kind = .boolean
    case ("O", _):
      throw .unusable(
        file: file,
        problem: "holds Python objects, which may hold code, and is not read; save an array of numbers")
    case ("U", _), ("S", _), ("T", _):
      throw .unusable(
        file: file,
        problem:
          "holds texts (dtype \(DatasetError.excerpt(description))); expected numbers, as numpy.unique "
          + "with return_inverse=True makes them of texts")
    default:
      throw .unusable(
        file: file, problem: "holds elements of dtype \(DatasetError.quoted(description)), which are not read"
      )
    }
    guard "<>|=".contains(order), byteCount == 1 || order != "|" else {
      throw .unusable(file: file, problem: "damaged: its dtype is \(DatasetError.quoted(description))")
    }
  }

  /// NumPy's word for the type: "float32".
  var name: String {
    switch kind {
    case .unsigned: "uint\(8 * byteCount)"
    case .signed: "int\(8 * byteCount)"
    case .float: "float\(8 * byteCount)"
    case .boolean: "bool"
    }
  }

  /// Whether the elements can be labels.
  var isInteger: Bool { kind != .float }
}
