#if !_endian(little)
  #error("safetensors files are little-endian, and so must be the machine: elements are copied as they lie")
#endif

/// A Swift type whose values lie in memory as a tensor's elements do.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The type of a tensor with such elements.
  static var dtype: DataType { get }
}

extension Float: TensorElement {
  /// `F32`.
  public static var dtype: DataType { .float32 }
}

extension Double: TensorElement {
  /// `F64`.
  public static var dtype: DataType { .float64 }
}

extension UInt8: TensorElement {
  /// `U8`.
  public static var dtype: DataType { .uint8 }
}

extension Int32: TensorElement {
  /// `I32`.
  public static var dtype: DataType { .int32 }
}

extension Int64: TensorElement {
  /// `I64`.
  public static var dtype: DataType { .int64 }
}

extension UInt64: TensorElement {
  /// `U64`.
  public static var dtype: DataType { .uint64 }
}
