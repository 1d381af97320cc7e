import Configurations
import LockstepProgram
import NeuralNetworks
import Testing

/// A model that does not take the samples is told by file, line and key of the model, beside the layer.
@Suite struct ModelPlaceTests {
  struct Misfit: Sendable, CustomTestStringConvertible {
    var text: String
    var overrides: [String] = []
    var message: String
    var testDescription: String { message }
  }

  private static let layers = """
    data: {name: glyphs}
    model:
      name: sequential
      layers:
        - {convolution: 4, kernel: 5}
        - residual:
            - {convolution: 4, kernel: 3, padding: 1}
            - {convolution: 8, kernel: 3, padding: 1}
        - flatten
        - {linear: 10}
    """

  static let misfits: [Misfit] = [
    Misfit(
      text: "seed: 1\nmodel: {name: lenet}\ndata: {name: glyphs, resize: 4}\n",
      message:
        "x.yaml:2: model: layer 0: a 5×5 kernel with padding 0 does not fit into 1×4×4 (a sample has 1×4×4)"),
    Misfit(
      text: "model: {name: lenet}\ndata: {name: glyphs}\n", overrides: ["data.resize=4"],
      message:
        "x.yaml:1: model: layer 0: a 5×5 kernel with padding 0 does not fit into 1×4×4 (a sample has 1×4×4)"),
    Misfit(
      text: "data: {name: glyphs, resize: 4}\n", overrides: ["model={name: lenet}"],
      message:
        "--set model={name: lenet}: model: layer 0: a 5×5 kernel with padding 0 does not fit into 1×4×4 "
        + "(a sample has 1×4×4)"),
    Misfit(
      text: layers,
      message:
        "x.yaml:6: model.layers[1]: layer 1.add: the summands differ in shape: 8×24×24 and 4×24×24 (a sample "
        + "has 1×28×28)"),
    Misfit(
      text: layers, overrides: ["data.resize=3"],
      message:
        "x.yaml:5: model.layers[0]: layer 0: a 5×5 kernel with padding 0 does not fit into 1×3×3 (a sample has "
        + "1×3×3)"),
    Misfit(
      text: layers, overrides: ["model.layers=[{linear: 3}]"],
      message:
        "--set model.layers=[{linear: 3}]: model.layers[0]: layer 0: a linear layer needs a vector, but given "
        + "1×28×28: flatten it first (a sample has 1×28×28)"),
    Misfit(
      text: layers, overrides: ["model.layers=[relu]"],
      message:
        "--set model.layers=[relu]: model.layers: layer (model): the loss needs a vector per sample, but the "
        + "model's result is 1×28×28 (a sample has 1×28×28)"),
  ]

  @Test("place, key, layer and shapes are told", arguments: misfits)
  func told(misfit: Misfit) throws {
    let configuration = try Configuration.parse(misfit.text, source: "x.yaml", overrides: misfit.overrides)
    let error = try #require(throws: ConfigurationError.self) {
      try configuration.graph(input: configuration.sampleShape())
    }
    #expect(error.description == misfit.message)
  }

  @Test("a model that fits ends in the configured loss")
  func fits() throws {
    let text = "model: {name: lenet}\ndata: {name: glyphs}\n"
    let configuration = try Configuration.parse(text, source: "x.yaml", overrides: ["loss.name=squared"])
    let graph = try configuration.graph(input: configuration.sampleShape())
    #expect(graph.outputShape == Shape(10) && graph.operations.last?.kind == .squaredLoss)
  }
}
