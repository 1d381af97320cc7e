import Safetensors
import Testing

@Suite("A tensor file in memory")
struct TensorFileTests {
  @Test("keeps the order of its names through appending, replacing and removing")
  func order() {
    var file = TensorFile()
    for (index, name) in ["c", "a", "b"].enumerated() { file[name] = Tensor([Float(index)]) }
    #expect(file.names == ["c", "a", "b"])
    file["a"] = Tensor([Double(7)])
    #expect(file.names == ["c", "a", "b"])
    #expect(file["a"] == Tensor([Double(7)]))
    file["c"] = nil
    file["never there"] = nil
    #expect(file.names == ["a", "b"])
    #expect(file.tensors.map(\.name) == file.names)
    #expect(file.tensors.map(\.tensor) == [Tensor([Double(7)]), Tensor([Float(2)])])
  }

  @Test("differs from another in any part, and not by where it came from")
  func equality() throws {
    let tensors = [(name: "a", tensor: Tensor([Float(1)])), (name: "b", tensor: Tensor([Float(2)]))]
    let file = TensorFile(tensors: tensors, metadata: ["key": "value"])
    #expect(file == TensorFile(tensors: tensors, metadata: ["key": "value"]))
    #expect(file == (try read(try written(file))))
    #expect(file != TensorFile(tensors: tensors.reversed(), metadata: ["key": "value"]))
    #expect(file != TensorFile(tensors: tensors, metadata: [:]))
    #expect(file != TensorFile(tensors: [tensors[0]], metadata: ["key": "value"]))
    #expect(file != TensorFile(tensors: [tensors[0], ("b", Tensor([Float(3)]))], metadata: ["key": "value"]))
  }

  @Test("gives what is asked for, or says in one line what is there instead")
  func lookup() throws {
    let file = TensorFile(tensors: [("fc.weight", Tensor([Double(1), 2], shape: [1, 2]))])
    #expect(try file.elements(named: "fc.weight") == [Double(1), 2])
    #expect(try file.elements(named: "fc.weight", shape: [1, 2]) == [Double(1), 2])
    #expect(try file.tensor(named: "fc.weight").dtype == .float64)

    func message(_ body: () throws -> some Any) throws -> String {
      try #require(#expect(throws: TensorFileError.self) { _ = try body() }).description
    }
    #expect(
      try message { try file.tensor(named: "fc.bias") }
        == "tensors in memory: tensor \"fc.bias\": is missing; the file holds 1 others")
    #expect(
      try message { try file.elements(named: "fc.weight", as: Float.self) }
        == "tensors in memory: tensor \"fc.weight\": is F64 [1, 2], but F32 [1, 2] is needed")
    #expect(
      try message { try file.elements(named: "fc.weight", as: Double.self, shape: [2]) }
        == "tensors in memory: tensor \"fc.weight\": is F64 [1, 2], but F64 [2] is needed")
  }

  @Test("traps at a name that is taken or reserved")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = TensorFile(tensors: [("a", Tensor([Float(1)])), ("a", Tensor([Float(1)]))])
    }
    await #expect(processExitsWith: .failure) {
      var file = TensorFile()
      file["__metadata__"] = Tensor([Float(1)])
    }
  }
}
