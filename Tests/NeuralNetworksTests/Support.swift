import NeuralNetworks

/// A layer written as a closure, for tests of single calls.
struct Model: Layer {
  let body: @Sendable (Symbol) -> Symbol

  init(_ body: @escaping @Sendable (Symbol) -> Symbol) {
    self.body = body
  }

  func callAsFunction(_ x: Symbol) -> Symbol { body(x) }
}

/// The graph of a layer whose result is flattened for a squared loss, so that any shape may come out of it.
func graph(of layer: some Layer, input: Shape) throws -> Graph {
  try Graph(input: input, loss: .squared, model: Model { Flatten()(layer($0)) })
}

/// The shape that a layer makes of an input.
func shape(of layer: some Layer, input: Shape) throws -> Shape {
  let graph = try graph(of: layer, input: input)
  let last = graph.operations.last { ![.flatten, .squaredLoss].contains($0.kind) }
  return last.map { graph.values[$0.output].shape } ?? graph.inputShape
}
