import Datasets
import NeuralNetworks

/// The table of a configured model's layers.
public enum Summary {
  /// The lines of the table: of each operation its path, kind, output shape and parameters; then the totals.
  ///
  /// The data set is not read: images have the size that its kind tells, or that the configuration resizes to.
  ///
  /// - Throws: `ConfigurationError` for a wrong configuration, `ShapeError` if the model does not take the images.
  public static func lines(configurationPath path: String, overrides: [String] = []) throws -> [String] {
    let configuration = try Configuration.load(path: path, overrides: overrides)
    let side = configuration.data.resize ?? configuration.data.name.side
    return lines(try configuration.graph(input: Shape(1, side, side)))
  }

  static func lines(_ graph: Graph) -> [String] {
    let header = ["layer", "operation", "output shape", "parameters"]
    var rows = [["", "input", graph.inputShape.description, "0"]]
    for operation in graph.operations {
      let parameters = operation.parameters.reduce(0) { $0 + graph.parameters[$1].shape.count }
      rows.append([
        operation.path, operation.kind.name, graph.values[operation.output].shape.description,
        String(parameters),
      ])
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      var line = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += column == cells.count - 1 ? padding + cell : cell + padding + "  "
      }
      return line
    }
    let buffers = graph.buffers.reduce(0) { $0 + $1.count }
    return [line(header)] + rows.map(line) + [
      "parameters: \(graph.parameterCount)", "running statistics: \(buffers)",
    ]
  }
}

extension Configuration.Data.Name {
  /// The height and width of the data set's images in pixels.
  fileprivate var side: Int {
    switch self {
    case .glyphs: SyntheticGlyphs.side
    case .fashionMNIST, .mnist, .idx: 28
    }
  }
}

extension Operation.Kind {
  /// The operation in words.
  fileprivate var name: String {
    switch self {
    case .convolution2D(let window):
      "convolution \(window.kernel)×\(window.kernel)" + window.details
    case .linear: "linear"
    case .batchNorm: "batch norm"
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .maxPool2D(let window): "max pool \(window.kernel)×\(window.kernel)" + window.details
    case .averagePool2D(let window): "average pool \(window.kernel)×\(window.kernel)" + window.details
    case .globalAveragePool: "global average pool"
    case .flatten: "flatten"
    case .add: "add"
    case .concatenate: "concatenate"
    case .softmaxCrossEntropy: "softmax cross entropy"
    case .squaredLoss: "squared loss"
    }
  }
}

extension Operation.Window {
  fileprivate var details: String {
    (stride == 1 ? "" : " stride \(stride)") + (padding == 0 ? "" : " padding \(padding)")
  }
}
