import Safetensors
import Testing

@Suite("The digest")
struct DigestTests {
  private func sha256(_ parts: [[UInt8]]) -> String {
    var hash = SHA256()
    for part in parts { part.withUnsafeBytes { hash.update($0) } }
    return hash.finish()
  }

  @Test("is SHA-256 as FIPS 180-4 and its examples have it")
  func vectors() {
    #expect(sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(sha256([[]]) == sha256([]))
    #expect(
      sha256([Array("abc".utf8)]) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      sha256(Array(repeating: Array(repeating: UInt8(ascii: "a"), count: 1_000), count: 1_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("does not depend on how the bytes come in parts")
  func streaming() {
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for cut in [0, 1, 63, 64, 65, 999] {
      #expect(sha256([Array(bytes[..<cut]), Array(bytes[cut...])]) == sha256([bytes]))
    }
  }

  @Test("hashes the documented bytes")
  func encoding() {
    func number(_ value: UInt8) -> [UInt8] { [value, 0, 0, 0, 0, 0, 0, 0] }
    let bytes: [[UInt8]] = [
      number(1), Array("Z".utf8), number(3), Array("I64".utf8), number(0), number(20),
      number(2), Array("é".utf8), number(2), Array("U8".utf8), number(2), number(1), number(3), [7, 8, 9],
    ]
    let tensors = [
      (name: "é", tensor: Tensor([UInt8(7), 8, 9], shape: [1, 3])),
      (name: "Z", tensor: Tensor(scalar: Int64(20))),
    ]
    #expect(Tensor.digest(of: tensors) == sha256(bytes))
    #expect(Tensor.digest(of: []) == sha256([]))
  }

  @Test("is what the Python lines in its documentation print")
  func python() throws {
    #expect(
      Tensor.digest(of: try read(RoundTripTests.pythonFile).tensors)
        == "6ab5e66ef4fee25290abf2a3cea261b4bf04ba1c3b266d85d7be3203a83dee89")
  }

  @Test("does not depend on the order", arguments: 0..<20 as Range<UInt64>)
  func order(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    let tensors = randomFile(seed: seed).tensors
    #expect(Tensor.digest(of: tensors.shuffled(using: &generator)) == Tensor.digest(of: tensors))
  }

  @Test("depends on every name, type, extent and byte, and on where one ends and the next begins")
  func sensitivity() {
    let bytes: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 7]
    func file(_ name: String, _ dtype: DataType, _ shape: [Int], _ bytes: [UInt8]) -> [(String, Tensor)] {
      [("other", Tensor([Float(1)])), (name, Tensor(dtype: dtype, shape: shape, bytes: bytes))]
    }
    var variants = [
      file("name", .float32, [2], bytes), file("nam", .float32, [2], bytes),
      file("name", .int32, [2], bytes), file("name", .float64, [1], bytes),
      file("name", .float32, [1, 2], bytes), file("name", .float32, [2, 1], bytes),
      [("other", Tensor([Float(1)]))],
      [("a", Tensor(bytes)), ("b", Tensor([UInt8]()))], [("a", Tensor([UInt8]())), ("b", Tensor(bytes))],
    ]
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      variants.append(file("name", .float32, [2], changed))
    }
    let digests = variants.map { Tensor.digest(of: $0.map { (name: $0, tensor: $1) }) }
    #expect(Set(digests).count == variants.count)
    #expect(digests.allSatisfy { $0.count == 64 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
  }
}
