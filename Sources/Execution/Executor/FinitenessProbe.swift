import Mistakes
import Synchronization

/// Looks, phase by phase, for the first number of a batch that is not finite.
///
/// It reads all that is computed, and is for batches of which one knows that there is such a number.
final class FinitenessProbe: Sendable {
  private let graph: LoweredGraph
  private let parameterPaths: [String]
  private let first = Mutex<NonFiniteValue?>(nil)

  init(_ graph: LoweredGraph, parameterPaths: [String]) {
    self.graph = graph
    self.parameterPaths = parameterPaths
  }

  /// What was found, of the phase that is computed first.
  var found: NonFiniteValue? { first.withLock { $0 } }

  /// Looks at what a node's phase has written.
  func look(at node: Int, _ phase: Phase, ofMicroshard microshard: Int, _ plan: BoundPlan) {
    let written = plan.written[node]
    let path = graph.nodes[node].path
    switch phase {
    case .statistics, .backwardStatistics: break
    case .forward:
      let inputs = node == 0 ? [(written.input, "the input")] : []
      let isLoss = if case .loss = graph.nodes[node].kind { true } else { false }
      let output = (written.output, isLoss ? "the loss" : "the output of \(path)")
      for (place, name) in inputs + [output] where !place.isFinite {
        note(name, order: node, microshard)
        return
      }
    case .backwardWeights:
      for (gradient, parameter) in zip(written.parameterGradients, graph.nodes[node].parameters)
      where !Finiteness.holds(gradient.values, count: gradient.count) {
        note("the gradient of \(parameterPaths[parameter])", order: backwardOrder(node), microshard)
        return
      }
    case .backwardData:
      if written.inputGradients.contains(where: { !$0.isFinite }) {
        note("the gradient of the input of \(path)", order: backwardOrder(node) + 1, microshard)
      }
    }
  }

  private func backwardOrder(_ node: Int) -> Int { graph.nodes.count + 2 * (graph.nodes.count - node) }

  private func note(_ name: String, order: Int, _ microshard: Int) {
    first.withLock { first in
      if let found = first, (found.order, found.microshard) <= (order, microshard) { return }
      first = NonFiniteValue(name: name, order: order, microshard: microshard)
    }
  }
}

/// The first number of a batch that is not finite.
public struct NonFiniteValue: Hashable, Sendable {
  /// In what it was found, such as `the output of 4.0.conv1`.
  public var name: String
  /// When it is computed: the least order is the first.
  public var order: Int
  /// The microshard whose number it is.
  public var microshard: Int

  /// Makes one that was found elsewhere, such as on another rank.
  public init(name: String, order: Int, microshard: Int) {
    (self.name, self.order, self.microshard) = (name, order, microshard)
  }
}

/// What the phases of a node write in a microshard.
struct WrittenMemory {
  /// A value of the graph or its gradient.
  struct Place {
    var memory: UnsafeMutableRawPointer
    var layout: TensorLayout

    /// Whether all its numbers are finite.
    var isFinite: Bool {
      (0..<layout.samples).allSatisfy { sample in
        let row = memory + sample * layout.rowStride * layout.element.byteCount
        switch layout.element {
        case .float32: return Finiteness.holds(row.floats, count: layout.rowCount)
        case .bfloat16:
          let values = row.elements(BFloat16.self)
          return (0..<layout.rowCount).allSatisfy { values[$0].float.isFinite }
        }
      }
    }
  }

  var input: Place
  var output: Place
  var inputGradients: [Place]
  var parameterGradients: [(values: UnsafeMutablePointer<Float>, count: Int)]
}
