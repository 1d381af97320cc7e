import Configurations
import LockstepProgram
import Mistakes
import NeuralNetworks
import Testing

@Suite struct SummaryTests {
  private func lines(_ overrides: String..., ranks: Int = 1) throws -> [String] {
    try Summary.lines(configurationPath: shipped("lenet-glyphs.yaml"), overrides: overrides, ranks: ranks)
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
    // Of each convolution and linear layer: outputs × inputs of each.
    let multiplyAdds = [1: 3456 * 25, 5: 1024 * 150, 10: 120 * 256, 13: 84 * 120, 16: 10 * 84]
    for (index, (operation, shape, parameters)) in layers.enumerated() {
      let path = index == 0 ? [] : [index == layers.count - 1 ? "loss" : "\(index - 1)"]
      #expect(
        cells[index].dropLast() == path + [operation, shape, "\(parameters)", "\(multiplyAdds[index] ?? 0)"])
    }
    let total = multiplyAdds.values.reduce(0, +)
    #expect(
      Array(lines[(1 + layers.count)...].prefix(3)) == [
        "parameters: 44878", "running statistics: 452", "multiply-adds of a sample, forward: \(total)",
      ])
    #expect(layers.reduce(0) { $0 + $1.2 } == 44_878)
  }

  @Test("columns are aligned")
  func columns() throws {
    let table = try lines().prefix { !$0.hasPrefix("parameters:") }
    #expect(Set(table.map(\.count)).count == 1)
  }

  @Test("the memory for a microshard that is verified is told if one is")
  func verification() throws {
    func memory(_ lines: [String], _ name: String) -> String? {
      lines.first { $0.hasPrefix("  \(name): ") }.map { String($0.dropFirst(name.count + 4)) }
    }
    let name = "values and gradients of a microshard that is verified"
    #expect(memory(try lines(), name) == nil)
    let found = try lines("verify.every_steps=10", "batch={size: 32, microshards: 1}")
    #expect(memory(found, name) == memory(found, "values and gradients of the model"))
    #expect(memory(found, name) != nil)
  }

  @Test("follows the configuration")
  func overrides() throws {
    #expect(try lines("model.pooling=average").joined().contains("average pool 2×2 stride 2"))
    #expect(try lines("data.resize=32").joined(separator: "\n").contains("6×28×28"))
    let path = "model.classes=12"
    #expect(try lines(path).contains("parameters: \(44_878 + 2 * 85)"))
  }

  @Test(
    "what is fused into a batch norm shares its memory: an activation, maximum pooling",
    arguments: ["max", "average"])
  func memoryOfValues(pooling: String) throws {
    let lines = try lines("batch.size=128", "model.pooling=\(pooling)")
    let cells = lines.map { $0.split(separator: /\ {2,}/).map { String($0) } }
    let memory = cells.filter { $0.count == 6 }.map { $0[5] }
    // 16 images of 24×24 pixels with a block of 16 or 8 channels, and a quarter of that.
    let (full, quarter) = memory[1] == "576.0 KiB" ? ("576.0 KiB", "144.0 KiB") : ("288.0 KiB", "72.0 KiB")
    #expect(memory[1] == full)
    #expect(memory[2...4] == ["-", pooling == "max" ? "-" : full, quarter])
  }

  @Test("tells the sums over ranks, and the memory by its uses")
  func totals() throws {
    let lines = try lines()
    // Moments of four batch norms; their gradients and the metrics.
    #expect(lines.contains { $0.hasPrefix("  moments of batch norm: 4, ") })
    #expect(lines.contains { $0.hasPrefix("  metrics and gradients of batch norm: 5, ") })
    #expect(
      try self.lines("reduction.bucket_bytes=4").contains { $0.hasPrefix("  buckets of gradients: 5, ") })
    #expect(lines.last?.hasPrefix("  total: ") == true)
    // 14,000 images of 28×28 bytes and a label.
    #expect(lines.contains("  data set: 10.5 MiB"))
    let unknown = try self.lines("data={name: idx, path: none}")
    #expect(unknown.contains("  data set: unknown"))
  }

  @Test("more ranks have fewer microshards each", arguments: [(1, 8), (2, 4), (3, 3), (8, 1)])
  func ranks(ranks: Int, microshards: Int) throws {
    let lines = try lines(ranks: ranks)
    let noun = microshards == 1 ? "microshard" : "microshards"
    #expect(lines.contains { $0.contains(" \(microshards) \(noun) of 16 images, 1 thread:") })
    let values = lines.first { $0.hasPrefix("  values and gradients of the model: ") }
    let one = try self.lines(ranks: 8).first { $0.hasPrefix("  values and gradients of the model: ") }
    func number(_ line: String?) throws -> Double {
      let words = try #require(line).split(separator: " ").suffix(2)
      return try #require(Double(words.first ?? "")) * (words.last == "KiB" ? 1 : 1024)
    }
    #expect(abs(try number(values) / number(one) / Double(microshards) - 1) < 0.1)
  }

  @Test("more ranks than microshards are the user's mistake")
  func tooManyRanks() throws {
    let error = #expect(throws: UserMistake.self) { try lines(ranks: 9) }
    #expect(error?.description.contains("8 microshards cannot be shared by 9 ranks") == true)
  }

  @Test("the shipped configurations of large networks are those of the book")
  func shippedConfigurations() throws {
    for (name, parameters) in [("resnet18", 11_178_378), ("densenet", 758_226)] {
      let lines = try Summary.lines(configurationPath: shipped("\(name)-fashion-mnist.yaml"))
      #expect(lines.contains("parameters: \(parameters)"))
      #expect(lines[1].contains("1×96×96"))
    }
  }

  @Test("colour images have three channels")
  func colour() throws {
    let lines = try lines("data={name: cifar10, path: none}", "model={name: resnet18, stem: small}")
    #expect(lines[1].contains("3×32×32"))
    #expect(lines.contains("parameters: \(11_175_818 + 2 * 64 * 9)"))
  }

  @Test(
    "images that the model does not take are told by file, line, key and layer",
    arguments: [(4, "0"), (10, "4"), (15, "7")])
  func tooSmall(side: Int, layer: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try lines("data.resize=\(side)") }
    #expect(error.description.hasPrefix("\(shipped("lenet-glyphs.yaml")):7: model: layer \(layer): "))
    #expect(error.description.hasSuffix(" (a sample has 1×\(side)×\(side))"))
  }

  @Test(
    "a block is shown alone, without data and loss, and ends in the chapter's shape",
    arguments: [
      ("residual", [3, 6, 6], "3×6×6"), ("residual-halving", [3, 6, 6], "6×3×3"),
      ("dense", [3, 8, 8], "23×8×8"),
      ("transition", [23, 8, 8], "10×4×4"),
    ])
  func blocks(name: String, input: [Int], output: String) throws {
    let path = shipped("blocks/\(name).yaml")
    let lines = try Summary.lines(modelPath: path, overrides: [], input: Shape(input))
    #expect(lines.last == "output: \(output)")
    #expect(lines[1].contains("input") && lines[1].contains(input.map(String.init).joined(separator: "×")))
    #expect(
      !lines.joined(separator: "\n").contains("loss") && !lines.contains { $0.contains("cross entropy") })
    #expect(!lines.contains { $0.hasPrefix("all-reduces") || $0.hasPrefix("memory") })
  }

  @Test("a block can be changed, and the model of a whole configuration be shown alone")
  func modelAlone() throws {
    let block = try Summary.lines(
      modelPath: shipped("blocks/transition.yaml"), overrides: ["model.layers=[flatten, {linear: 7}]"],
      input: Shape(2, 3, 3))
    #expect(block.last == "output: 7" && block.contains("parameters: \(7 * 18 + 7)"))
    let whole = try Summary.lines(
      modelPath: shipped("lenet-glyphs.yaml"), overrides: ["model.classes=12"], input: Shape(1, 28, 28))
    #expect(whole.last == "output: 12" && whole.contains("parameters: \(44_878 + 2 * 85)"))
  }

  @Test("a block that does not take the input is told by file, line, key and layer")
  func blockDoesNotFit() throws {
    let path = shipped("blocks/transition.yaml")
    let error = try #require(throws: ConfigurationError.self) {
      try Summary.lines(modelPath: path, overrides: [], input: Shape(23, 1, 1))
    }
    #expect(
      error.description
        == "\(path):10: model.layers[3]: layer 3: a 2×2 window with padding 0 does not fit into 10×1×1 (a sample has "
        + "23×1×1)")
  }

  @Test(
    "the state of the update rule is counted by its slots",
    arguments: [
      ("{name: sgd}", 0), ("{name: sgd, momentum: 0.9}", 1), ("{name: adamw}", 2),
      ("{name: adamw, betas: [0, 0.5]}", 2),
    ])
  func slots(optimizer: String, count: Double) throws {
    let lines = try lines("optimizer=\(optimizer)")
    func bytes(_ item: String) throws -> Double {
      let line = try #require(lines.first { $0.hasPrefix("  \(item): ") })
      let words = line.split(separator: " ").suffix(2)
      let unit = try #require(["B": 1, "KiB": 1024, "MiB": 1 << 20][words.last ?? ""])
      return try #require(Double(words.first ?? "")) * Double(unit)
    }
    let parameters = try bytes("parameters")
    #expect(parameters > 44_878 * 4)
    // The table rounds to a tenth of a unit.
    #expect(abs(try bytes("state of the update rule") - count * parameters) <= 0.2 * 1024)
  }
}
