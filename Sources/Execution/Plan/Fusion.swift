import NeuralNetworks

/// Operations that become one node: a batch normalization, the addition of a shortcut, an activation, a pooling.
struct Fusion {
  /// The batch normalization.
  let normalization: Int
  /// The value that is added; nil where nothing is.
  private(set) var shortcut: Graph.ValueID?
  private(set) var activation = ActivationFunction.identity
  /// The window of a maximum pooling; nil where there is none, and where there is a shortcut.
  private(set) var pooling: Operation.Window?
  /// The last of the operations.
  private(set) var last: Int

  /// By operation, the fusion that it belongs to.
  static func all(in graph: Graph) -> [Int: Fusion] {
    var readers: [Graph.ValueID: [Int]] = [:]
    for (index, operation) in graph.operations.enumerated() {
      for input in operation.inputs { readers[input, default: []].append(index) }
    }
    /// The one operation that reads the result of another; nil if there are more.
    func reader(of index: Int) -> Int? {
      let all = readers[graph.operations[index].output] ?? []
      return all.count == 1 ? all[0] : nil
    }

    var fusions: [Int: Fusion] = [:]
    for (index, operation) in graph.operations.enumerated() {
      guard case .batchNorm = operation.kind else { continue }
      var fusion = Fusion(normalization: index, last: index)
      var members = [index]
      if let next = reader(of: index), case .add = graph.operations[next].kind, fusions[next] == nil {
        fusion.shortcut = graph.operations[next].inputs.first { $0 != operation.output }
        fusion.last = next
        members.append(next)
      }
      if let next = reader(of: fusion.last), let function = ActivationFunction(graph.operations[next].kind) {
        fusion.activation = function
        fusion.last = next
        members.append(next)
      }
      if fusion.shortcut == nil, let next = reader(of: fusion.last),
        case .maxPool2D(let window) = graph.operations[next].kind
      {
        fusion.pooling = window
        fusion.last = next
        members.append(next)
      }
      for member in members { fusions[member] = fusion }
    }
    return fusions
  }
}

extension ActivationFunction {
  /// The activation that an operation is; nil if it is none.
  fileprivate init?(_ kind: Operation.Kind) {
    switch kind {
    case .relu: self = .relu
    case .sigmoid: self = .sigmoid
    default: return nil
    }
  }
}
