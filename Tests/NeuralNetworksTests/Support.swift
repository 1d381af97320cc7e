import NeuralNetworks

/// The residual block of arXiv:1512.03385, figure 2, without batch norm on the shortcut.
struct Residual: Layer {
  var channels: Int
  var stride = 1
  var projects = false

  func callAsFunction(_ x: Symbol) -> Symbol {
    let y = Convolution2D(channels, kernel: 3, stride: stride, padding: 1, name: "conv1")(x)
    let z = relu(BatchNorm(name: "bn1")(y))
    let w = BatchNorm(name: "bn2")(Convolution2D(channels, kernel: 3, padding: 1, name: "conv2")(z))
    let shortcut = projects ? Convolution2D(channels, kernel: 1, stride: stride, name: "conv3")(x) : x
    return relu(w + shortcut)
  }
}

/// The dense block of arXiv:1608.06993, section 3: every convolution reads all that came before it.
struct DenseBlock: Layer {
  var convolutions: Int
  var growth: Int

  func callAsFunction(_ x: Symbol) -> Symbol {
    (0..<convolutions).reduce(x) { value, index in
      let new = value.scoped("net.\(index)") {
        Convolution2D(growth, kernel: 3, padding: 1, name: "2")(relu(BatchNorm(name: "0")($0)))
      }
      return concatenate([value, new])
    }
  }
}

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
