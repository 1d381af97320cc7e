import Configurations
import LockstepProgram
import NeuralNetworks
import Records
import Testing

@Suite struct SequentialModelTests {
  /// Every layer, and every key with another value than its default.
  static let everything = [
    "[relu, sigmoid, batch_norm, flatten, global_average_pool]",
    "[{convolution: 5, kernel: 3}, {convolution: 5, kernel: 4, stride: 2, padding: 3, bias: false}]",
    "[flatten, {linear: 7}, {linear: 2147483647, bias: false}, {linear: 3, bias: true}]",
    "[{max_pool: 2}, {average_pool: 2}, {max_pool: 5, stride: 1, padding: 2}, {average_pool: 3, stride: 2}]",
    "[{batch_norm: {}}, {batch_norm: {epsilon: 1.0e-3, momentum: 0.01, zero_init: true}}]",
    "[{residual: [relu]}, {residual: [{linear: 4}, relu], shortcut: [{linear: 4, bias: false}]}]",
    "[{dense: [relu]}, {dense: [relu, {convolution: 3, kernel: 1}], repeat: 4}]",
    "[{repeat: 3, layers: [relu, {repeat: 2, layers: [sigmoid]}]}, {dense: [{residual: [{dense: [relu]}]}]}]",
  ]

  @Test("the canonical JSON reads back to an equal model with the same JSON", arguments: everything)
  func roundTrip(layers: String) throws {
    let model = try SequentialModel(layers: layers)
    let again = try SequentialModel(layers: model.json.description)
    #expect(again == model)
    #expect(again.json.description == model.json.description)
  }

  @Test("models with other layers or other numbers are not equal")
  func differences() throws {
    let models = try Self.everything.map { try SequentialModel(layers: $0) }
    for (index, model) in models.enumerated() {
      #expect(models.indices.filter { models[$0] == model } == [index])
    }
    #expect(try SequentialModel(layers: "[{linear: 4}]") != SequentialModel(layers: "[{linear: 5}]"))
    #expect(
      try SequentialModel(layers: "[{residual: [relu]}]")
        != SequentialModel(layers: "[{residual: [relu], shortcut: [relu]}]"))
  }

  @Test("the canonical JSON has all defaults and sorted keys, and does without repetitions in the chain")
  func canonicalJSON() throws {
    let model = try SequentialModel(
      layers: """
            - {convolution: 6, kernel: 5}
            - batch_norm
            - {repeat: 2, layers: [relu, {max_pool: 2}]}
            - {dense: [sigmoid]}
            - {residual: [{linear: 3}]}
        """)
    #expect(
      model.json.description == #"""
        [{"bias": true, "convolution": 6, "kernel": 5, "padding": 0, "stride": 1}, \#
        {"batch_norm": {"epsilon": 1e-05, "momentum": 0.1, "zero_init": false}}, \#
        "relu", {"max_pool": 2, "padding": 0, "stride": 2}, \#
        "relu", {"max_pool": 2, "padding": 0, "stride": 2}, \#
        {"dense": ["sigmoid"], "repeat": 1}, \#
        {"residual": [{"bias": true, "linear": 3}]}]
        """#)
  }

  @Test("repetitions are the layers written out, in equality and in the graph")
  func repetitions() throws {
    let short = try SequentialModel(layers: "[{repeat: 3, layers: [{linear: 8}, relu]}, {linear: 2}]")
    let long = try SequentialModel(
      layers: "[{linear: 8}, relu, {linear: 8}, relu, {linear: 8}, relu, {linear: 2}]")
    #expect(short == long)
    #expect(try Graph(input: Shape(5), model: short) == Graph(input: Shape(5), model: long))
  }

  @Test(
    "LeNet written as layers is the built-in LeNet: the same operations, names and shapes",
    arguments: [("max_pool", Pooling2D.Reduction.max), ("average_pool", .average)])
  func leNet(pooling: (word: String, reduction: Pooling2D.Reduction)) throws {
    let model = try SequentialModel(
      layers: """
            - {convolution: 6, kernel: 5}
            - batch_norm
            - sigmoid
            - {\(pooling.word): 2}
            - {convolution: 16, kernel: 5}
            - batch_norm
            - sigmoid
            - {\(pooling.word): 2}
            - flatten
            - {linear: 120}
            - batch_norm
            - sigmoid
            - {linear: 84}
            - batch_norm
            - sigmoid
            - {linear: 10}
        """)
    #expect(
      try Graph(input: Shape(1, 28, 28), loss: .softmaxCrossEntropy, model: model)
        == Graph(
          input: Shape(1, 28, 28), loss: .softmaxCrossEntropy,
          model: LeNet(classes: 10, pooling: pooling.reduction)))
  }

  @Test("the options of layers reach the graph")
  func options() throws {
    let model = try SequentialModel(
      layers: """
        [{convolution: 5, kernel: 4, stride: 2, padding: 3, bias: false}, {max_pool: 5, stride: 1, padding: 2},
         {batch_norm: {epsilon: 1.0e-3, momentum: 0.01, zero_init: true}}, flatten, {linear: 3, bias: false}]
        """.replacing("\n", with: ""))
    #expect(
      try Graph(input: Shape(2, 9, 9), model: model)
        == Graph(
          input: Shape(2, 9, 9),
          model: Sequential(
            Convolution2D(5, kernel: 4, stride: 2, padding: 3, bias: false),
            Pooling2D(.max, kernel: 5, stride: 1, padding: 2),
            BatchNorm(epsilon: 1e-3, momentum: 0.01, beginsAtZero: true), Flatten(), Linear(3, bias: false))))
  }

  @Test("a residual connection adds its shortcut, or the input itself, to what its layers make of the input")
  func residual() throws {
    let graph = try Graph(
      input: Shape(3, 4, 4),
      model: SequentialModel(
        layers: "[{residual: [{convolution: 5, kernel: 1}], shortcut: [{convolution: 5, kernel: 1}]}, "
          + "{residual: [sigmoid]}]"))
    #expect(
      graph.operations.map(\.path) == ["0.residual.0", "0.shortcut.0", "0.add", "1.residual.0", "1.add"])
    #expect(graph.operations.map(\.inputs) == [[0], [0], [1, 2], [3], [4, 3]])
  }

  @Test("a dense connection concatenates each repetition's result to its input, of images and of vectors")
  func dense() throws {
    let model = try SequentialModel(layers: "[{dense: [{linear: 4}, relu], repeat: 3}]")
    let graph = try Graph(input: Shape(5), model: model)
    #expect(graph.outputShape == Shape(5 + 3 * 4))
    #expect(
      graph.operations.filter { $0.kind == .concatenate }.map(\.path)
        == ["0.0.concatenate", "0.1.concatenate", "0.2.concatenate"])
    #expect(graph.operations.map(\.inputs) == [[0], [1], [0, 2], [3], [4], [3, 5], [6], [7], [6, 8]])
    #expect(graph.parameters.map(\.shape.dimensions) == [[4, 5], [4], [4, 9], [4], [4, 13], [4]])
  }

  @Test("a model of as many layers as may be is read and built")
  func largest() throws {
    let model = try SequentialModel(layers: "[{repeat: 100, layers: [{repeat: 100, layers: [relu]}]}]")
    #expect(try Graph(input: Shape(2), model: model).operations.count == 10_000)
    let depth = 31
    let deep =
      String(repeating: "{residual: [", count: depth) + "relu" + String(repeating: "]}", count: depth)
    #expect(
      try Graph(input: Shape(2), model: SequentialModel(layers: "[\(deep)]")).operations.count == 1 + depth)
  }
}
