/// The type of a tensor's elements, under the name that the safetensors format gives it.
///
/// The floating-point types of less than a byte, which the format's later versions added, are not supported.
public enum DataType: String, CaseIterable, Sendable {
  /// One byte, 0 or 1.
  case bool = "BOOL"

  /// An unsigned integer of 8 bits.
  case uint8 = "U8"

  /// A signed integer of 8 bits.
  case int8 = "I8"

  /// A floating-point number of 8 bits: 5 of exponent, 2 of fraction (Micikevicius et al. 2022,
  /// arXiv:2209.05433).
  case float8E5M2 = "F8_E5M2"

  /// A floating-point number of 8 bits: 4 of exponent, 3 of fraction (Micikevicius et al. 2022,
  /// arXiv:2209.05433).
  case float8E4M3 = "F8_E4M3"

  /// An unsigned integer of 16 bits.
  case uint16 = "U16"

  /// A signed integer of 16 bits.
  case int16 = "I16"

  /// The IEEE 754 format binary16.
  case float16 = "F16"

  /// The upper half of a binary32 number.
  case bfloat16 = "BF16"

  /// An unsigned integer of 32 bits.
  case uint32 = "U32"

  /// A signed integer of 32 bits.
  case int32 = "I32"

  /// The IEEE 754 format binary32.
  case float32 = "F32"

  /// An unsigned integer of 64 bits.
  case uint64 = "U64"

  /// A signed integer of 64 bits.
  case int64 = "I64"

  /// The IEEE 754 format binary64.
  case float64 = "F64"

  /// The size of one element in bytes: 1, 2, 4 or 8.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }
}
