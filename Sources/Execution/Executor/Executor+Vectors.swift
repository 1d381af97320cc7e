// Parameters and gradients as what they are to optimization: one vector.
//
// Parameters follow each other in the order of the graph, the elements of each in PyTorch's order, without padding: as
// many as `Graph.parameterCount`.
import Mistakes
import NeuralNetworks

extension Executor {
  /// All parameters.
  ///
  /// - Throws: `OneDNNError` where a layout cannot be brought into PyTorch's.
  package func parameterVector() throws -> [Float] {
    try graph.parameters.indices.flatMap { try store.exportPlain($0, from: store.values($0)) }
  }

  /// Takes over all parameters.
  ///
  /// - Throws: `OneDNNError` where a layout cannot be made of PyTorch's.
  package func setParameters(_ vector: [Float]) throws {
    require(
      vector.count == graph.parameterCount,
      "given \(vector.count) parameters but \(graph.parameterCount) needed")
    var begin = 0
    for (index, parameter) in graph.parameters.enumerated() {
      let end = begin + parameter.shape.count
      try store.importPlain(index, Array(vector[begin..<end]), to: store.values(index))
      begin = end
    }
  }

  /// The gradient of the latest training batch by all parameters.
  ///
  /// - Throws: `OneDNNError` where a layout cannot be brought into PyTorch's.
  package func gradientVector() throws -> [Float] {
    try graph.parameters.indices.flatMap { try store.exportPlain($0, from: store.gradients[$0]) }
  }
}
