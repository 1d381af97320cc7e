import Mistakes
import NeuralNetworks

/// A plan whose values all have a derivative beside them, each with memory of its own as long as it is needed.
final class TangentPlan {
  /// The kernels and layouts, an operation a node.
  let plan: Plan
  /// By value, where x and ẋ lie in a microshard's arena, in bytes from its beginning.
  private(set) var values: [(value: Int, tangent: Int)] = []
  /// By value, where g and ġ lie; nil where they are not needed.
  private(set) var gradients: [(value: Int, tangent: Int)?] = []
  /// By node and input, where it writes its part of a gradient that another node has written; nil where it is the first.
  private(set) var contributions: [[(value: Int, tangent: Int)?]] = []
  /// By node, what its kernel keeps from the forward to the backward pass.
  private(set) var workspaces: [Int] = []
  /// The size of the arena.
  private(set) var byteCount = 0

  /// Compiles a graph whose batch normalizations are nodes by themselves for microshards of a size.
  init(
    _ graph: LoweredGraph, samples: Int, convolution: ConvolutionAlgorithm, engine: Engine
  ) throws(OneDNNError) {
    plan = try Plan(
      graph, samples: samples, training: true, convolution: convolution, engine: engine, sharesMemory: false)
    place(graph)
  }

  /// Places the buffers: node i has its forward pass at the time i, its backward pass at 2n − 1 − i.
  private func place(_ graph: LoweredGraph) {
    let end = 2 * graph.nodes.count - 1
    var planner = ArenaPlanner()
    func buffer(_ byteCount: Int, _ lifetime: ClosedRange<Int>) -> Int {
      planner.add(byteCount: byteCount, lifetime: lifetime)
    }
    func pair(_ value: Int, _ lifetime: ClosedRange<Int>) -> (value: Int, tangent: Int) {
      let byteCount = plan.layouts[value].byteCount
      return (buffer(byteCount, lifetime), buffer(byteCount, lifetime))
    }
    let producers = Dictionary(uniqueKeysWithValues: graph.nodes.enumerated().map { ($1.output, $0) })
    for (index, value) in graph.values.enumerated() {
      // The input is there before the first node.
      let producer = producers[index] ?? 0
      values.append(pair(index, producer...end - producer))
      let last = value.consumers.last?.node ?? producer
      gradients.append(value.needsGradient ? pair(index, end - last...end - producer) : nil)
    }
    for (index, node) in graph.nodes.enumerated() {
      contributions.append(
        node.inputs.enumerated().map { position, input in
          let value = graph.values[input]
          guard value.needsGradient, let first = value.consumers.last, first != (index, position) else {
            return nil
          }
          return pair(input, end - index...end - index)
        })
      workspaces.append(buffer(plan.kernels[index].workspaceByteCount, index...end - index))
    }
    let (offsets, byteCount) = planner.place()
    func placed(_ pair: (value: Int, tangent: Int)) -> (value: Int, tangent: Int) {
      (offsets[pair.value], offsets[pair.tangent])
    }
    values = values.map(placed)
    gradients = gradients.map { $0.map(placed) }
    contributions = contributions.map { $0.map { $0.map(placed) } }
    workspaces = workspaces.map { offsets[$0] }
    self.byteCount = byteCount
  }
}
