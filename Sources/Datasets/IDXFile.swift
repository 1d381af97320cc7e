import Inputs
import Mistakes

/// A file of unsigned bytes in IDX, the format of MNIST and its successors; plain or gzipped.
///
/// The file begins with four bytes: two zeros, the element type (8 for unsigned bytes) and the number of
/// dimensions. Each dimension follows as a big-endian 32-bit integer, then the elements, row-major. The
/// format is described with MNIST: LeCun, Cortes, Burges, "The MNIST database of handwritten digits",
/// http://yann.lecun.com/exdb/mnist/.
public struct IDXFile: Sendable {
  /// The length of each dimension, the slowest first: [images, rows, columns].
  public let dimensions: [Int]
  /// The elements, row-major.
  public let elements: [UInt8]

  /// Reads and checks a whole file.
  ///
  /// - Parameters:
  ///   - path: the file; whether it is gzipped is told by its content, not by its name.
  ///   - dimensionCount: the number of dimensions that the file must have, 1 to 255.
  /// - Throws: `DatasetError` if the file cannot be read, is damaged, has another type or number of
  ///   dimensions, or is shorter or longer than its header says.
  public init(path: String, dimensionCount: Int) throws(DatasetError) {
    require(
      (1...255).contains(dimensionCount), "an IDX file has 1 to 255 dimensions, not \(dimensionCount)")
    var input = try GzipInput(path: path)
    let headerByteCount = 4 + 4 * dimensionCount
    let header = try input.read(headerByteCount)
    if header.count >= 4 {
      let found = Self.word(of: header, at: 0)
      let expected = 0x0800 | UInt32(dimensionCount)
      guard found == expected else {
        if let kind = FileKind(head: header), kind != .idx {
          throw .otherKind(
            file: path, kind: kind.description,
            expected: "an IDX file of unsigned bytes in \(counted(dimensionCount, "dimension"))")
        }
        throw .wrongMagicNumber(file: path, found: found, expected: expected)
      }
    }
    guard header.count == headerByteCount else {
      throw .truncated(file: path, foundByteCount: header.count, expectedByteCount: headerByteCount)
    }
    let dimensions = (1...dimensionCount).map { Int(Self.word(of: header, at: 4 * $0)) }
    guard let elementCount = product(dimensions),
      elementCount <= Int.max - headerByteCount
    else {
      throw .oversized(file: path, dimensions: dimensions)
    }
    try input.requireRoom(for: elementCount)
    let elements = try input.read(elementCount)
    guard elements.count == elementCount else {
      throw .truncated(
        file: path, foundByteCount: headerByteCount + elements.count,
        expectedByteCount: headerByteCount + elementCount)
    }
    // Reading on past the last element also makes zlib compare the checksum at the end of gzipped data.
    guard try input.read(1).isEmpty else {
      throw .trailingBytes(file: path, expectedByteCount: headerByteCount + elementCount)
    }
    self.dimensions = dimensions
    self.elements = elements
  }

  private static func word(of bytes: [UInt8], at offset: Int) -> UInt32 {
    bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
