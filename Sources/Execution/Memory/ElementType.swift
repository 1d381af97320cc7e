/// The type in which the elements of values and their gradients are kept in memory.
///
/// Whatever it is, sums run in `Float` or `Double`; parameters, their gradients and statistics are never rounded to it.
public enum ElementType: String, CaseIterable, Hashable, Sendable {
  /// IEEE 754 single precision.
  case float32
  /// The upper half of a single: its range, with 8 bits of precision.
  case bfloat16

  /// The bytes of an element.
  var byteCount: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    }
  }
}
