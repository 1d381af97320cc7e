import Foundation
import Safetensors
import Testing

@Suite("Writing and reading")
struct RoundTripTests {
  @Test("gives back names, order, types, shapes, bytes and metadata", arguments: 0..<100 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    let file = randomFile(seed: seed)
    #expect(try read(try written(file)) == file)
  }

  @Test("makes the same bytes of the same content", arguments: 0..<20 as Range<UInt64>)
  func determinism(seed: UInt64) throws {
    let file = randomFile(seed: seed)
    let bytes = try written(file)

    // A dictionary filled in another order may enumerate in another order.
    var other = TensorFile(tensors: file.tensors)
    for key in file.metadata.keys.sorted() { other.metadata[key] = file.metadata[key] }
    #expect(try written(other) == bytes)
    #expect(try written(try read(bytes)) == bytes)
  }

  @Test("aligns the data to 8 bytes and each tensor to its elements", arguments: 0..<50 as Range<UInt64>)
  func alignment(seed: UInt64) throws {
    let file = randomFile(seed: seed)
    let bytes = try written(file)
    let headerByteCount = Int(bytes[0]) | Int(bytes[1]) << 8
    #expect(headerByteCount % 8 == 0)

    let json = Data(bytes[8..<8 + headerByteCount])
    let header = try #require(try JSONSerialization.jsonObject(with: json) as? [String: [String: Any]])
    for (name, tensor) in file.tensors {
      let offsets = try #require(header[name]?["data_offsets"] as? [Int])
      #expect(offsets[0] % tensor.dtype.byteCount == 0)
      #expect(
        Array(bytes[8 + headerByteCount + offsets[0]..<8 + headerByteCount + offsets[1]]) == tensor.bytes)
    }
  }

  @Test("lays a file out as the format says")
  func layout() throws {
    let file = TensorFile(
      tensors: [
        ("mask", Tensor([UInt8(1), 2, 3])), ("0.weight", Tensor([Float(1), -2], shape: [2, 1])),
        ("steps", Tensor(scalar: Int64(3))),
      ],
      metadata: ["b": "line\nbreak", "a": "\"quoted\\\""])
    let json =
      #"{"__metadata__":{"a":"\"quoted\\\"","b":"line\u000abreak"},"#
      + #""mask":{"dtype":"U8","shape":[3],"data_offsets":[16,19]},"#
      + #""0.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},"#
      + #""steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#
    let padded = json + String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)
    let data: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 2, 3]
    #expect(try written(file) == bytes(header: padded, data: data))
    #expect(try written(TensorFile()) == bytes(header: "{}      "))
  }

  /// A file made by the Python package 0.8.0 with PyTorch 2.13.
  ///
  /// ```python
  /// safetensors.torch.save_file(
  ///     {"b.weight": torch.tensor([[1.5, -2.0, 0.0], [3.25, 1e-38, float("inf")]]),
  ///      "a.count": torch.tensor(20), "mask": torch.tensor([1, 2, 255], dtype=torch.uint8),
  ///      "half": torch.tensor([1.0, -0.5], dtype=torch.bfloat16),
  ///      "empty": torch.zeros(0, 4, dtype=torch.float64)}, path, metadata={"format": "pt"})
  /// ```
  static let pythonFile = bytes(
    header: #"{"__metadata__":{"format":"pt"},"a.count":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
      + #""empty":{"dtype":"F64","shape":[0,4],"data_offsets":[8,8]},"#
      + #""b.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},"#
      + #""half":{"dtype":"BF16","shape":[2],"data_offsets":[32,36]},"#
      + #""mask":{"dtype":"U8","shape":[3],"data_offsets":[36,39]}}"#,
    data: [
      0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x50, 0x40, 0xEE, 0xE3,
      0x6C, 0,
      0, 0, 0x80, 0x7F, 0x80, 0x3F, 0, 0xBF, 1, 2, 255,
    ])

  @Test("understands what the Python package writes")
  func python() throws {
    let file = try read(Self.pythonFile)
    #expect(file.metadata == ["format": "pt"])
    #expect(file.names == ["a.count", "empty", "b.weight", "half", "mask"])
    #expect(file["a.count"] == Tensor(scalar: Int64(20)))
    #expect(file["empty"] == Tensor([Double](), shape: [0, 4]))
    #expect(file["b.weight"] == Tensor([1.5, -2, 0, 3.25, 1e-38, Float.infinity], shape: [2, 3]))
    #expect(file["half"] == Tensor(dtype: .bfloat16, shape: [2], bytes: [0x80, 0x3F, 0x00, 0xBF]))
    #expect(file["mask"] == Tensor([UInt8(1), 2, 255]))
  }

  @Test("makes the bytes of the Python package, tensor order given")
  func sameBytesAsPython() throws {
    #expect(try written(try read(Self.pythonFile)) == Self.pythonFile)
  }
}
