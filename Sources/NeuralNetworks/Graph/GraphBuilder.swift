/// Collects the operations while a model's layers are called on symbols.
///
/// After the first error every further call returns a symbol without a shape and adds nothing, so that layers
/// need not throw and the error names the layer where it arose.
final class GraphBuilder {
  private(set) var graph: Graph
  private(set) var error: ShapeError?
  private var scopes: [String] = []

  init(input: Shape) {
    graph = Graph(input: input)
  }

  /// The dotted path of a layer called here; `name` is nil where the scope itself names it.
  func path(_ name: String?) -> String {
    (scopes + (name.map { [$0] } ?? [])).joined(separator: ".")
  }

  func withScope<Result>(_ name: String, _ body: () -> Result) -> Result {
    scopes.append(name)
    defer { scopes.removeLast() }
    return body()
  }

  /// Records an error, unless there is one, and returns the symbol that stands for it.
  func fail(_ name: String?, _ reason: String) -> Symbol {
    error = error ?? ShapeError(path: path(name), reason: reason)
    return Symbol(builder: self, value: 0, shape: nil)
  }

  /// Adds a learned tensor; one that is too large is an error of the layer.
  func parameter(
    _ path: String, _ shape: Shape, _ role: Graph.Parameter.Role, fanIn: Int, fanOut: Int,
    beginsAtZero: Bool = false
  ) -> Graph.ParameterID {
    if !shape.isCountable {
      error = error ?? ShapeError(path: path, reason: "a parameter of \(shape) has too many elements")
    }
    graph.parameters.append(
      Graph.Parameter(
        path: path, shape: shape, role: role, fanIn: fanIn, fanOut: fanOut, beginsAtZero: beginsAtZero))
    return graph.parameters.count - 1
  }

  func buffer(_ path: String, count: Int, _ role: Graph.Buffer.Role) -> Graph.BufferID {
    graph.buffers.append(Graph.Buffer(path: path, count: count, role: role))
    return graph.buffers.count - 1
  }

  /// Adds an operation with its result; one that is too large is an error of the layer.
  func add(
    _ kind: Operation.Kind, _ inputs: [Symbol], shape: Shape, name: String?,
    parameters: [Graph.ParameterID] = [], buffers: [Graph.BufferID] = []
  ) -> Symbol {
    guard shape.isCountable else { return fail(name, "a result of \(shape) has too many elements") }
    graph.values.append(Graph.Value(shape: shape))
    graph.operations.append(
      Operation(
        kind: kind, inputs: inputs.map(\.value), output: graph.values.count - 1, path: path(name),
        parameters: parameters, buffers: buffers))
    return Symbol(builder: self, value: graph.values.count - 1, shape: shape)
  }

  /// Ends the graph in `output`, or in its loss, and checks what only shows once all layers are called.
  func finish(_ output: Symbol, loss: Graph.Loss?) {
    guard output.shape != nil else { return }
    if let loss { addLoss(loss, of: output) }
    let result = loss == nil ? output.value : graph.operations.last?.output
    // No gradient would ever reach what nothing reads.
    let used = Set(graph.operations.flatMap(\.inputs))
    if let unused = graph.operations.first(where: { $0.output != result && !used.contains($0.output) }) {
      error = error ?? ShapeError(path: unused.path, reason: "its result is never used")
    }
    let paths = graph.parameters.map(\.path) + graph.buffers.map(\.path)
    var seen = Set<String>()
    if let twice = paths.first(where: { !seen.insert($0).inserted }) {
      error = error ?? ShapeError(path: twice, reason: "the name is used twice")
    }
  }

  private func addLoss(_ loss: Graph.Loss, of output: Symbol) {
    guard let shape = output.shape else { return }
    guard shape.rank == 1 else {
      _ = fail(nil, "the loss needs a vector per sample, but the model's result is \(shape)")
      return
    }
    switch loss {
    case .softmaxCrossEntropy:
      guard shape.channels > 1 else {
        _ = fail(nil, "softmax needs two classes or more, but the model's result is \(shape)")
        return
      }
      _ = add(.softmaxCrossEntropy, [output], shape: Shape(), name: "loss")
    case .squared:
      _ = add(.squaredLoss, [output], shape: Shape(), name: "loss")
    case .binaryCrossEntropy:
      _ = add(.binaryCrossEntropy, [output], shape: Shape(), name: "loss")
    }
  }
}
