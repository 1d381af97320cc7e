import CanonicalTree
import Configurations
import Execution
import Mistakes
package import NeuralNetworks
import Training

/// The table of a configured model's layers, and what training it will take.
package enum Summary {
  /// The lines of the table: of each operation its path, kind, output shape, parameters, multiply-adds of an image and
  /// memory in a microshard; then the totals, the sums over ranks in a step, and the memory of a rank.
  ///
  /// The data set is not read: images have the size that its kind tells, or that the configuration resizes to. The
  /// memory is that of the plans that a run would make.
  ///
  /// - Parameter ranks: the number of ranks that share the microshards.
  /// - Throws: `ConfigurationError` for a wrong configuration, `ShapeError` if the model does not take the images,
  ///   `UserMistake` if there are more ranks than microshards.
  package static func lines(
    configurationPath path: String, overrides: [String] = [], ranks: Int = 1
  ) throws -> [String] {
    let configuration = try Configuration.load(path: path, overrides: overrides)
    try configuration.recipe.check(source: path, ranks: ranks)
    let graph = try configuration.graph(input: try configuration.sampleShape())
    let need = try MemoryNeed(configuration, graph, ranks: ranks)
    return table(graph, need.estimate.valueByteCounts) + totals(graph) + sums(need.estimate.trainingSums)
      + memory(need, configuration, ranks: ranks)
  }

  /// The layers of a model alone, which needs neither data nor loss: as `lines(configurationPath:overrides:ranks:)`, without
  /// memory and sums.
  ///
  /// - Parameters:
  ///   - path: a YAML file with a section `model`; its other sections are not looked at.
  ///   - overrides: changes of the section, each `model.KEY=VALUE`.
  ///   - input: the shape of a sample.
  /// - Throws: `ConfigurationError` that names the line and the layer if the model does not take such samples.
  package static func lines(modelPath path: String, overrides: [String], input: Shape) throws -> [String] {
    let graph = try ModelSection(path: path, overrides: overrides).graph(input: input, loss: nil)
    return table(graph) + totals(graph)
      + ["output: \(graph.outputShape)"]
  }

  private static func totals(_ graph: Graph) -> [String] {
    let buffers = graph.buffers.reduce(0) { $0 + $1.count }
    return [
      "parameters: \(graph.parameterCount)", "running statistics: \(buffers)",
      "multiply-adds of a sample, forward: \(graph.multiplyAddCount)",
    ]
  }

  /// The rows of a graph; `byteCounts` are those of its values in a microshard, nil where they are not stored.
  private static func table(_ graph: Graph, _ byteCounts: [Int?]? = nil) -> [String] {
    func memory(_ value: Int) -> [String] { byteCounts.map { [$0[value].map(bytes) ?? "-"] } ?? [] }
    let header =
      ["layer", "operation", "output shape", "parameters", "multiply-adds"]
      + (byteCounts == nil ? [] : ["memory"])
    var rows = [["", "input", graph.inputShape.description, "0", "0"] + memory(graph.input)]
    for operation in graph.operations {
      let parameters = operation.parameters.reduce(0) { $0 + graph.parameters[$1].shape.count }
      rows.append(
        [
          operation.path, operation.kind.name, graph.values[operation.output].shape.description,
          "\(parameters)",
          "\(graph.multiplyAdds(of: operation))",
        ] + memory(operation.output))
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    return ([header] + rows).map { cells in
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < 3 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
  }

  /// What the ranks tell each other in a step of training.
  private static func sums(_ sums: [BatchSum]) -> [String] {
    func line(_ name: String, _ chosen: [BatchSum]) -> String {
      "  \(name): \(chosen.count), \(bytes(chosen.reduce(0) { $0 + $1.byteCount }))"
    }
    let buckets = sums.filter { $0.kind == .gradients }
    let largest = buckets.map(\.byteCount).max() ?? 0
    return [
      "all-reduces in a step: \(sums.count)",
      line("buckets of gradients", buckets) + ", the largest \(bytes(largest))",
      line("moments of batch norm", sums.filter { $0.kind == .moments }),
      line("metrics and gradients of batch norm", sums.filter { $0.kind == .sums }),
    ]
  }

  private static func memory(
    _ need: MemoryNeed, _ configuration: Configuration, ranks: Int
  ) -> [String] {
    let capacity = configuration.recipe.executorOptions(on: configuration.machine).partition.capacity
    let title = ranks == 1 ? "memory of the rank" : "memory of the largest of \(ranks) ranks"
    let layout =
      counted(need.microshardCount, "microshard") + " of " + counted(capacity, "image") + ", "
      + counted(configuration.machine.threads, "thread")
    return ["\(title), \(layout):"]
      + need.items.map { "  \($0.name): \($0.byteCount.map(bytes) ?? "unknown")" }
      + ["  total: \(bytes(need.byteCount))"]
  }

  /// A number of bytes in the largest unit that leaves a whole part.
  static func bytes(_ count: Int) -> String {
    var (value, unit) = (Double(count), "B")
    for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 { (value, unit) = (value / 1024, larger) }
    let tenths = (value * 10).rounded() / 10
    return unit == "B" ? "\(count) B" : "\(tenths) \(unit)"
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
    case .dropout(let probability): "dropout \(probability)"
    case .add: "add"
    case .concatenate: "concatenate"
    case .softmaxCrossEntropy: "softmax cross entropy"
    case .squaredLoss: "squared loss"
    case .binaryCrossEntropy: "binary cross entropy"
    }
  }
}

extension Operation.Window {
  fileprivate var details: String {
    (stride == 1 ? "" : " stride \(stride)") + (padding == 0 ? "" : " padding \(padding)")
  }
}
