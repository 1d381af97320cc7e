import Mistakes

/// An array of numbers with a shape, as a file holds it: little-endian bytes in row-major order.
///
/// A tensor owns its bytes and has no name; a `TensorFile` names it.
public struct Tensor: Hashable, Sendable {
  /// The type of the elements.
  public let dtype: DataType

  /// The extents, the slowest index first; empty for a scalar.
  public let shape: [Int]

  /// The elements: little-endian, row-major, without gaps.
  public let bytes: [UInt8]

  /// Makes a tensor of bytes.
  ///
  /// - Parameters:
  ///   - dtype: the type of the elements.
  ///   - shape: the extents, each 0 or more; empty for a scalar.
  ///   - bytes: little-endian elements in row-major order, exactly as many as `shape` says.
  public init(dtype: DataType, shape: [Int], bytes: [UInt8]) {
    require(shape.allSatisfy { $0 >= 0 }, "a tensor's extents must be 0 or more, not \(shape)")
    let needed = shape.reduce(dtype.byteCount, *)
    require(
      bytes.count == needed,
      "a tensor \(dtype.rawValue) \(shape) has \(needed) bytes, but \(bytes.count) were given")
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// The number of elements: the product of the extents, 1 for a scalar.
  public var count: Int { bytes.count / dtype.byteCount }
}

extension Tensor: CustomStringConvertible {
  /// The type and the shape, such as `F32 [10, 84]`, without the elements.
  public var description: String { "\(dtype.rawValue) \(shape)" }
}
