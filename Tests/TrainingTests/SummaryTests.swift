import Foundation
import Testing
import Training

@Suite struct SummaryTests {
  private func lines(_ overrides: String...) throws -> [String] {
    let path = URL(filePath: #filePath).appending(path: "../../../configs/lenet-glyphs.yaml").standardized
    return try Summary.lines(configurationPath: path.path, overrides: overrides)
  }

  @Test("LeNet's shapes and parameters are those of the book")
  func leNet() throws {
    // Each layer's parameters: outputs × inputs of each, and a bias; two a channel for batch norm.
    let layers = [
      ("input", "1×28×28", 0), ("convolution 5×5", "6×24×24", 6 * 25 + 6), ("batch norm", "6×24×24", 12),
      ("sigmoid", "6×24×24", 0), ("max pool 2×2 stride 2", "6×12×12", 0),
      ("convolution 5×5", "16×8×8", 16 * 150 + 16), ("batch norm", "16×8×8", 32), ("sigmoid", "16×8×8", 0),
      ("max pool 2×2 stride 2", "16×4×4", 0), ("flatten", "256", 0), ("linear", "120", 120 * 257),
      ("batch norm", "120", 240), ("sigmoid", "120", 0), ("linear", "84", 84 * 121),
      ("batch norm", "84", 168), ("sigmoid", "84", 0), ("linear", "10", 10 * 85),
      ("softmax cross entropy", "scalar", 0),
    ]
    let lines = try lines()
    let cells = lines.dropFirst().map { $0.split(separator: /\ {2,}/).map { String($0) } }
    for (index, (operation, shape, parameters)) in layers.enumerated() {
      let path = index == 0 ? [] : [index == layers.count - 1 ? "loss" : "\(index - 1)"]
      #expect(cells[index] == path + [operation, shape, "\(parameters)"])
    }
    #expect(Array(lines.suffix(2)) == ["parameters: 44878", "running statistics: 452"])
    #expect(lines.count == 1 + layers.count + 2)
    #expect(layers.reduce(0) { $0 + $1.2 } == 44_878)
  }

  @Test("columns are aligned")
  func columns() throws {
    let table = try lines().dropLast(2)
    #expect(Set(table.map(\.count)).count == 1)
  }

  @Test("follows the configuration")
  func overrides() throws {
    #expect(try lines("model.pooling=average").joined().contains("average pool 2×2 stride 2"))
    #expect(try lines("data.resize=32").joined(separator: "\n").contains("6×28×28"))
    let path = "model.classes=12"
    #expect(try lines(path).contains("parameters: \(44_878 + 2 * 85)"))
  }

  @Test(
    "images that the model does not take are told by the layer", arguments: [(4, "0"), (10, "4"), (15, "7")])
  func tooSmall(side: Int, layer: String) throws {
    let error = #expect(throws: (any Error).self) { try lines("data.resize=\(side)") }
    #expect(UserMistake.covers(try #require(error)))
    #expect(error.map { "\($0)" }?.hasPrefix("layer \(layer): ") == true)
  }
}
