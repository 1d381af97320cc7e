import NeuralNetworks
import ONNX
import Testing

/// ONNX files, read field by field; whether others compute the same by them is shown end to end.
@Suite struct ONNXModelTests {
  private struct Model: Layer {
    func callAsFunction(_ x: Symbol) -> Symbol {
      Sequential(Linear(2, bias: false), Activation.relu, Linear(3))(x)
    }
  }

  @Test("the operations, tensors and sizes of a small model stand in the file")
  func fields() throws {
    let graph = try Graph(input: Shape(4), loss: .softmaxCrossEntropy, model: Model())
    let model = ONNXModel(
      graph, normalizedBy: ([1, 2, 3, 4], [1, 1, 1, 2]), metadata: [("key", "text")]
    ) { path in [Float](repeating: 1, count: path.hasSuffix("bias") ? 3 : path.hasPrefix("0") ? 8 : 6) }
    #expect(model.outputName == "logits")
    let file = Fields(try model.bytes(producerVersion: "1.0"))
    #expect(file.text(2) == "Lockstep" && file.text(3) == "1.0")
    #expect(Fields(file.bytes(8)[0]).integers[2] == 17)
    let entry = Fields(file.bytes(14)[0])
    #expect(entry.text(1) == "key" && entry.text(2) == "text")

    let graphFields = Fields(file.bytes(7)[0])
    let nodes = graphFields.bytes(1).map(Fields.init)
    #expect(nodes.map { $0.text(4) } == ["Sub", "Div", "Gemm", "Relu", "Gemm"])
    // Each operation reads what the one before it has made.
    #expect(nodes[0].texts(1)[0] == ONNXModel.inputName && nodes[4].texts(2) == ["logits"])
    for (before, after) in zip(nodes, nodes.dropFirst()) { #expect(after.texts(1)[0] == before.texts(2)[0]) }
    #expect(nodes[2].texts(1).count == 2 && nodes[4].texts(1).count == 3)

    let tensors = graphFields.bytes(5).map(Fields.init)
    let sizes = Dictionary(uniqueKeysWithValues: tensors.map { ($0.text(8), $0.bytes(9)[0].count) })
    #expect(sizes["normalize.mean"] == 16 && sizes["0.weight"] == 32 && sizes["2.weight"] == 24)
    #expect(sizes["2.bias"] == 12 && sizes.count == 5)
  }

  @Test("values are brought back to their units behind the model")
  func scale() throws {
    let graph = try Graph(input: Shape(4), loss: .squared, model: Linear(1))
    let model = ONNXModel(graph, normalizedBy: nil, scaledBy: ([5], [2]), metadata: []) { _ in [0] }
    #expect(model.outputName == "values")
    let nodes = Fields(Fields(try model.bytes(producerVersion: "")).bytes(7)[0]).bytes(1).map(Fields.init)
    #expect(nodes.map { $0.text(4) } == ["Gemm", "Mul", "Add"])
    #expect(nodes[2].texts(2) == ["values"])
  }
}

/// The fields of a message, each wire type by itself.
private struct Fields {
  private(set) var integers: [Int: Int] = [:]
  private var contents: [Int: [[UInt8]]] = [:]

  init(_ message: [UInt8]) {
    var index = 0
    func variable() -> Int {
      var (value, shift) = (0, 0)
      while true {
        let byte = Int(message[index])
        index += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 { return value }
      }
    }
    while index < message.count {
      let key = variable()
      switch key & 7 {
      case 0: integers[key >> 3] = variable()
      case 5: index += 4
      default:
        let count = variable()
        contents[key >> 3, default: []].append(Array(message[index..<index + count]))
        index += count
      }
    }
  }

  func bytes(_ field: Int) -> [[UInt8]] { contents[field] ?? [] }
  func texts(_ field: Int) -> [String] { bytes(field).map { String(decoding: $0, as: UTF8.self) } }
  func text(_ field: Int) -> String { texts(field).first ?? "" }
}
