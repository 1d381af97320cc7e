/// A message in the wire format of protocol buffers, as far as writing needs it.
///
/// Fields are written in the order of the calls; a repeated field is written once for each of its elements. The format is
/// described at protobuf.dev, "Encoding".
public struct ProtocolBuffer: Sendable {
  /// The message's bytes.
  public private(set) var bytes: [UInt8] = []

  /// Makes a message without fields.
  public init() {}

  /// Writes a field of an integer, a truth value or an enumeration.
  public mutating func add(_ field: Int, _ value: Int) {
    addVariable(UInt64(field) << 3)
    addVariable(UInt64(bitPattern: Int64(value)))
  }

  /// Writes a field of type `float`.
  public mutating func add(_ field: Int, _ value: Float) {
    addVariable(UInt64(field) << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes a field of type `double`.
  public mutating func add(_ field: Int, _ value: Double) {
    addVariable(UInt64(field) << 3 | 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes a field of text.
  public mutating func add(_ field: Int, _ value: String) {
    add(field, bytes: value.utf8)
  }

  /// Writes a field that is a message.
  public mutating func add(_ field: Int, _ message: ProtocolBuffer) {
    add(field, bytes: message.bytes)
  }

  /// Writes a field of bytes.
  public mutating func add(_ field: Int, bytes value: some Collection<UInt8>) {
    addVariable(UInt64(field) << 3 | 2)
    addVariable(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// Writes a repeated field of type `double` in one piece.
  public mutating func add(_ field: Int, packed values: [Double]) {
    add(
      field, bytes: values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
    )
  }

  /// Writes seven bits a byte, the lowest first, all but the last with their highest bit set.
  private mutating func addVariable(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
