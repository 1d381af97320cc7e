import Records
import Testing

/// The wire format of protocol buffers, by the examples of its description.
@Suite struct ProtocolBufferTests {
  @Test("integers are written in as few bytes as hold them, lowest bits first")
  func integers() {
    var message = ProtocolBuffer()
    message.add(1, 150)
    #expect(message.bytes == [0x08, 0x96, 0x01])
    message = ProtocolBuffer()
    message.add(1, 127)
    message.add(16, 0)
    message.add(1, -2)
    #expect(
      message.bytes == [0x08, 0x7F, 0x80, 0x01, 0x00, 0x08, 0xFE] + [UInt8](repeating: 0xFF, count: 8) + [
        0x01
      ])
  }

  @Test("text, bytes and messages follow their length")
  func lengths() {
    var message = ProtocolBuffer()
    message.add(2, "testing")
    #expect(message.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    var inner = ProtocolBuffer()
    inner.add(1, 150)
    message = ProtocolBuffer()
    message.add(3, inner)
    message.add(4, bytes: [1, 2])
    #expect(message.bytes == [0x1A, 0x03, 0x08, 0x96, 0x01, 0x22, 0x02, 0x01, 0x02])
  }

  @Test("floating-point numbers are written with the lowest byte first")
  func numbers() {
    var message = ProtocolBuffer()
    message.add(1, Float(1))
    message.add(2, -2.0)
    #expect(message.bytes == [0x0D, 0, 0, 0x80, 0x3F, 0x11, 0, 0, 0, 0, 0, 0, 0, 0xC0])
  }
}
