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
    try store.vector(from: store.values)
  }

  /// Takes over all parameters.
  ///
  /// - Throws: `OneDNNError` where a layout cannot be made of PyTorch's.
  package func setParameters(_ vector: [Float]) throws {
    try store.setValues(vector)
  }

  /// The gradient of the latest training batch by all parameters.
  ///
  /// - Throws: `OneDNNError` where a layout cannot be brought into PyTorch's.
  package func gradientVector() throws -> [Float] {
    try store.vector { store.gradients[$0] }
  }
}

extension ParameterStore {
  /// What has the layouts of the parameters, as one vector; `memory` says where that of a parameter lies.
  func vector(from memory: (Graph.ParameterID) -> UnsafeMutablePointer<Float>) throws(OneDNNError) -> [Float]
  {
    var vector: [Float] = []
    vector.reserveCapacity(graph.parameterCount)
    for parameter in graph.parameters.indices {
      vector += try exportPlain(parameter, from: memory(parameter))
    }
    return vector
  }

  /// Takes over all parameters from one vector.
  func setValues(_ vector: [Float]) throws(OneDNNError) {
    require(
      vector.count == graph.parameterCount,
      "given \(vector.count) parameters but \(graph.parameterCount) needed")
    var begin = 0
    for (index, parameter) in graph.parameters.enumerated() {
      let end = begin + parameter.shape.count
      try importPlain(index, Array(vector[begin..<end]), to: values(index))
      begin = end
    }
  }
}
