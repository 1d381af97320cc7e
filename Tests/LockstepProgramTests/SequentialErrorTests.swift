import Configurations
import LockstepProgram
import NeuralNetworks
import Testing

/// Every kind of mistake in a list of layers, with the whole line that the user reads.
@Suite struct SequentialErrorTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var layers: String
    var message: String
    var testDescription: String { String(layers.prefix(80)) }

    init(_ layers: String, _ message: String) {
      (self.layers, self.message) = (layers, message)
    }
  }

  static let words: [Mistake] = [
    .init("[rellu]", #"x.yaml:2: model.layers[0]: unknown layer rellu; did you mean "relu"?"#),
    .init(
      "[relu, Batch-Norm]",
      #"x.yaml:2: model.layers[1]: unknown layer Batch-Norm; did you mean "batch_norm"?"#),
    .init(
      "[dropout]",
      "x.yaml:2: model.layers[0]: unknown layer dropout; expected one of convolution, linear, relu, sigmoid, "
        + "batch_norm, max_pool, average_pool, global_average_pool, flatten, dropout, residual, dense, repeat"
    ),
    .init(
      "[linear]",
      "x.yaml:2: model.layers[0]: found the word linear alone, expected a mapping such as {linear: 10}"),
    .init(
      "[relu, max_pool]",
      "x.yaml:2: model.layers[1]: found the word max_pool alone, expected a mapping such as {max_pool: 2}"),
    .init(
      "    - relu\n    -\n",
      "x.yaml:4: model.layers[1]: found nothing, expected a layer: a word such as relu, or a mapping such as "
        + "{linear: 10}"),
    .init(
      "[[relu]]",
      "x.yaml:2: model.layers[0]: found a list, expected a layer: a word such as relu, or a mapping such as "
        + "{linear: 10}"),
  ]

  static let mappings: [Mistake] = [
    .init(
      "[{convolutoin: 3}]",
      #"x.yaml:2: model.layers[0].convolutoin: unknown key; did you mean "convolution"?"#),
    .init(
      "[{convolution: 3, kernel: 3, pading: 1}]",
      #"x.yaml:2: model.layers[0].pading: unknown key; did you mean "padding"?"#),
    .init(
      "[{kernel: 3}]",
      "x.yaml:2: model.layers[0]: names no layer; expected one of convolution, linear, relu, sigmoid, "
        + "batch_norm, max_pool, average_pool, global_average_pool, flatten, dropout, residual, dense, repeat"
    ),
    .init(
      "[{linear: 3, kernel: 3}]",
      "x.yaml:2: model.layers[0].kernel: belongs to convolution, but this layer is linear"),
    .init(
      "[{residual: [relu], stride: 2}]",
      "x.yaml:2: model.layers[0].stride: belongs to convolution, max_pool, average_pool, but this layer is residual"
    ),
    .init(
      "[{linear: 3, relu: true}]",
      "x.yaml:2: model.layers[0].relu: is a layer of its own, but stands beside linear"),
    .init(
      "[{convolution: 3, kernel: 3, repeat: 2}]",
      "x.yaml:2: model.layers[0].repeat: is a layer of its own, but stands beside convolution"),
    .init(
      "[{relu: {}}]",
      "x.yaml:2: model.layers[0].relu: has no options; write the word alone: relu"),
    .init(
      "[{batch_norm: {eps: 1}}]",
      "x.yaml:2: model.layers[0].batch_norm.eps: unknown key; expected one of epsilon, momentum, zero_init"),
    .init(
      "[{batch_norm: 3}]", "x.yaml:2: model.layers[0].batch_norm: found 3, expected a mapping"),
    .init(
      "[{convolution: 3}]",
      "x.yaml:2: model.layers[0].kernel: missing; expected an integer from 1 to 1024"),
    .init(
      "[{repeat: 3}]",
      "x.yaml:2: model.layers[0].layers: missing; expected a list of layers, such as "
        + "{repeat: 3, layers: [{linear: 256}, relu]}"),
  ]

  static let numbers: [Mistake] = [
    .init(
      "[{convolution: 0, kernel: 3}]",
      "x.yaml:2: model.layers[0].convolution: found 0, expected an integer from 1 to 2147483647"),
    .init(
      "[{convolution: 4, kernel: 1025}]",
      "x.yaml:2: model.layers[0].kernel: found 1025, expected an integer from 1 to 1024"),
    .init(
      "[{convolution: 4, kernel: [3, 3]}]",
      "x.yaml:2: model.layers[0].kernel: found a list, expected an integer from 1 to 1024"),
    .init(
      "[{convolution: 4, kernel: 3, stride: 0}]",
      "x.yaml:2: model.layers[0].stride: found 0, expected an integer from 1 to 1024"),
    .init(
      "[{convolution: 4, kernel: 3, padding: -1}]",
      "x.yaml:2: model.layers[0].padding: found -1, expected an integer from 0 to 1024"),
    .init(
      "[{convolution: 4, kernel: 3, bias: 1}]",
      "x.yaml:2: model.layers[0].bias: found 1, expected true or false"),
    .init(
      "[{linear: 1.5}]",
      "x.yaml:2: model.layers[0].linear: found 1.5, expected an integer from 1 to 2147483647"),
    .init(
      "[{max_pool: 3, padding: 2}]",
      "x.yaml:2: model.layers[0].padding: found 2, expected an integer from 0 to 1"),
    .init(
      "[{average_pool: two}]",
      "x.yaml:2: model.layers[0].average_pool: found two, expected an integer from 1 to 1024"),
    .init(
      "[{batch_norm: {epsilon: 0}}]",
      "x.yaml:2: model.layers[0].batch_norm.epsilon: found 0, expected a number greater than 0"),
    .init(
      "[{batch_norm: {momentum: 1.5}}]",
      "x.yaml:2: model.layers[0].batch_norm.momentum: found 1.5, expected a number greater than 0 and at most 1"
    ),
    .init(
      "[{dense: [relu], repeat: 0}]",
      "x.yaml:2: model.layers[0].repeat: found 0, expected an integer from 1 to 10000"),
    .init(
      "[{repeat: 10001, layers: [relu]}]",
      "x.yaml:2: model.layers[0].repeat: found 10001, expected an integer from 1 to 10000"),
  ]

  static let lists: [Mistake] = [
    .init(
      "[]",
      "x.yaml:2: model.layers: found an empty list, expected a list of layers, such as [{linear: 256}, relu]"),
    .init(
      "relu", "x.yaml:2: model.layers: found relu, expected a list of layers, such as [{linear: 256}, relu]"),
    .init(
      "    - relu\n    - residual: []\n",
      "x.yaml:4: model.layers[1].residual: found an empty list, expected a list of layers, such as "
        + "[{linear: 256}, relu]"),
    .init(
      "    - residual: [relu]\n      shortcut: relu\n",
      "x.yaml:4: model.layers[0].shortcut: found relu, expected a list of layers, such as [{linear: 256}, relu]"
    ),
    .init(
      "    - repeat: 2\n      layers:\n        - relu\n        - dense:\n            - relo\n",
      #"x.yaml:7: model.layers[0].layers[1].dense[0]: unknown layer relo; did you mean "relu"?"#),
    .init(
      "    - relu\n    - {repeat: 10000, layers: [sigmoid]}\n",
      "x.yaml:4: model.layers[1]: with it there are 10001 layers, repetitions included, but 10000 at most"),
    .init(
      "[{repeat: 101, layers: [{repeat: 100, layers: [relu]}]}]",
      "x.yaml:2: model.layers[0]: with it there are 10100 layers, repetitions included, but 10000 at most"),
    .init(
      "[{dense: [relu, relu], repeat: 5000}]",
      "x.yaml:2: model.layers[0]: with it there are 10001 layers, repetitions included, but 10000 at most"),
    .init(
      "[" + String(repeating: "{residual: [", count: 32) + "relu" + String(repeating: "]}", count: 32) + "]",
      "x.yaml:2: model.layers[0]" + String(repeating: ".residual[0]", count: 31)
        + ".residual: more than 32 lists of layers inside one another"),
  ]

  @Test(
    "a mistake in the list is told with line, key and what would be right",
    arguments: [words, mappings, numbers, lists].joined())
  func refused(mistake: Mistake) throws {
    let error = try #require(throws: ConfigurationError.self) {
      _ = try SequentialModel(layers: mistake.layers)
    }
    #expect(error.description == mistake.message)
  }

  static let shapes: [Mistake] = [
    .init(
      "    - relu\n    - {linear: 3}\n",
      "x.yaml:4: model.layers[1]: layer 1: a linear layer needs a vector, but given 3×6×6: flatten it first"),
    .init(
      "    - repeat: 3\n      layers:\n        - relu\n        - {max_pool: 2}\n",
      "x.yaml:6: model.layers[0].layers[1]: layer 5: a 2×2 window with padding 0 does not fit into 3×1×1"),
    .init(
      "    - residual:\n        - {convolution: 4, kernel: 9}\n",
      "x.yaml:4: model.layers[0].residual[0]: layer 0.residual.0: a 9×9 kernel with padding 0 does not fit into "
        + "3×6×6"),
    .init(
      "    - residual: [relu]\n      shortcut:\n        - relu\n        - {linear: 3}\n",
      "x.yaml:6: model.layers[0].shortcut[1]: layer 0.shortcut.1: a linear layer needs a vector, but given 3×6×6: "
        + "flatten it first"),
    .init(
      "    - relu\n    - residual:\n        - {convolution: 4, kernel: 1}\n",
      "x.yaml:4: model.layers[1]: layer 1.add: the summands differ in shape: 4×6×6 and 3×6×6"),
    .init(
      "    - dense: [{convolution: 4, kernel: 3}]\n      repeat: 2\n",
      "x.yaml:3: model.layers[0]: layer 0.0.concatenate: only the channels may differ in a concatenation, but "
        + "given 3×6×6, 4×4×4"),
    .init(
      "    - dense: [{convolution: 4, kernel: 3, padding: 1}, {max_pool: 7, padding: 3, stride: 1},\n"
        + "              {convolution: 2147483647, kernel: 1}]\n",
      "x.yaml:4: model.layers[0].dense[2]: layer 0.0.2.weight: a parameter of 2147483647×4×1×1 has too many elements"
    ),
    .init(
      "    - flatten\n    - {linear: 2147483647, bias: false}\n    - relu\n",
      "x.yaml:4: model.layers[1]: layer 1.weight: a parameter of 2147483647×108 has too many elements"),
    .init(
      "    - {max_pool: 1024, padding: 512, stride: 1}\n    - {convolution: 3000, kernel: 1, padding: 1024}\n",
      "x.yaml:4: model.layers[1]: layer 1: a result of 3000×2055×2055 has too many elements"),
  ]

  @Test("a layer that cannot take its input is told with line, key, path and shapes", arguments: shapes)
  func wrongShapes(mistake: Mistake) throws {
    let model = try SequentialModel(layers: mistake.layers)
    let error = try #require(throws: ShapeError.self) {
      _ = try Graph(input: Shape(3, 6, 6), model: model)
    }
    #expect(model.located(error).description == mistake.message)
  }

  @Test("what is wrong with the whole model is told at its list")
  func wholeModel() throws {
    let model = try SequentialModel(layers: "    - relu\n    - sigmoid\n")
    let error = try #require(throws: ShapeError.self) {
      _ = try Graph(input: Shape(3, 6, 6), loss: .softmaxCrossEntropy, model: model)
    }
    #expect(
      model.located(error).description
        == "x.yaml:3: model.layers: layer (model): the loss needs a vector per sample, but the model's result is "
        + "3×6×6")
  }

  @Test("a path leads to the innermost layer that was written")
  func places() throws {
    let model = try SequentialModel(
      layers: """
            - relu
            - residual:
                - sigmoid
              shortcut:
                - {linear: 3}
            - repeat: 2
              layers:
                - relu
                - dense: [batch_norm]
                  repeat: 2
        """)
    func place(_ path: String) -> String? {
      model.place(of: path).map { "\($0.0) \($0.key)" }
    }
    #expect(place("") == "x.yaml:3 model.layers")
    #expect(place("0") == "x.yaml:3 model.layers[0]")
    #expect(place("1.add") == "x.yaml:4 model.layers[1]")
    #expect(place("1.residual.0") == "x.yaml:5 model.layers[1].residual[0]")
    #expect(place("1.shortcut.0.weight") == "x.yaml:7 model.layers[1].shortcut[0]")
    for path in ["2", "4"] { #expect(place(path) == "x.yaml:10 model.layers[2].layers[0]") }
    for path in ["3", "5.0.concatenate"] { #expect(place(path) == "x.yaml:11 model.layers[2].layers[1]") }
    for path in ["3.0.0.weight", "5.1.0.running_mean"] {
      #expect(place(path) == "x.yaml:11 model.layers[2].layers[1].dense[0]")
    }
    for path in ["6", "loss", "features.0"] { #expect(place(path) == nil) }
  }
}
