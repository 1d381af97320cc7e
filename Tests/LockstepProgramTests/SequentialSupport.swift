import Configurations
import Foundation
import LockstepProgram
import NeuralNetworks
import Testing

/// A section that has all kinds of configurations' keys beside `model`.
private enum RootKey: String, ConfigurationWord {
  case model, data, batch, optimizer, epochs, seed
}

private enum ModelKey: String, ConfigurationWord {
  case name, classes, initialization, layers
}

extension SequentialModel {
  /// Reads the layers of a configuration's text.
  init(yaml: String, source: String = "x.yaml") throws(ConfigurationError) {
    let root = try ConfigurationNode(yaml: yaml, source: source, overrides: [], expected: "a mapping")
    let model: ConfigurationReader<ModelKey> = try ConfigurationReader<RootKey>(root).section(.model)
    try self.init(model.node(.layers) ?? root, key: "model.layers")
  }

  /// Reads the list of layers alone, whose first line is the second of `x.yaml`.
  init(layers: String) throws(ConfigurationError) {
    let lines = layers.split(separator: "\n", omittingEmptySubsequences: false)
    try self.init(yaml: "model:\n" + (lines.count == 1 ? "  layers: " : "  layers:\n") + layers)
  }

  /// Reads a file below `configs`.
  init(file: String) throws {
    let configurations = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "configs")
    try self.init(
      yaml: ConfigurationNode.text(ofFile: configurations.appending(path: file).path), source: file)
  }

  /// The shape of the result for an input.
  func shape(_ input: Int...) throws(ShapeError) -> Shape {
    try Graph(input: Shape(input), model: self).outputShape
  }
}
