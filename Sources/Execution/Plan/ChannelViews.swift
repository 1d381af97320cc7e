import NeuralNetworks

/// The values that are nothing but channels of another one, whose concatenation therefore copies nothing.
///
/// In a dense block all feature maps so lie in the memory of the last concatenation, and their gradients in that of
/// its gradient: a layer writes its channels, and what follows reads and adds to those before it.
struct ChannelViews {
  /// Where a value lies in another one.
  struct View: Hashable {
    /// The value that has memory of its own.
    var whole: Int
    /// The channel of it that is this value's first.
    var firstChannel: Int
  }

  /// By value, where it lies; nil for one with memory of its own.
  private(set) var views: [View?]

  /// Finds all views.
  ///
  /// - Parameters:
  ///   - layouts: the layout that each value would have for itself.
  ///   - writesViews: by node, whether its kernel can write samples that lie apart, and read their gradients.
  init(_ graph: LoweredGraph, _ layouts: [TensorLayout], writesViews: [Bool]) {
    views = graph.values.map { _ in nil }
    let producers = Dictionary(uniqueKeysWithValues: graph.nodes.enumerated().map { ($1.output, $0) })
    // From back to front: of nested concatenations the last one is the whole.
    for (index, node) in graph.nodes.enumerated().reversed() {
      guard case .concatenate = node.kind else { continue }
      let place = views[node.output] ?? View(whole: node.output, firstChannel: 0)
      var first = 0
      for (position, input) in node.inputs.enumerated() {
        let layout = layouts[input]
        defer { first += layout.shape.channels }
        guard let producer = producers[input], writesViews[producer], layout.isBlocked,
          first % layout.channelBlock == 0, layout.shape.channels % layout.channelBlock == 0,
          Self.canBeView(graph, input, of: index, position)
        else { continue }
        views[input] = View(whole: place.whole, firstChannel: place.firstChannel + first)
      }
    }
  }

  /// Whether all that read a value can read one whose samples lie apart, and add to such a gradient.
  ///
  /// Of its readers the concatenation has to be the first in the backward pass, where it leaves the gradient to which
  /// the others add.
  private static func canBeView(
    _ graph: LoweredGraph, _ value: Int, of concatenation: Int, _ position: Int
  ) -> Bool {
    let readers = graph.values[value].consumers
    guard let last = readers.last, last == (concatenation, position) else { return false }
    return readers.dropLast().allSatisfy { graph.nodes[$0.node].isBatchNorm && $0.position == 0 }
  }

  /// The layouts of all values, given those that they would have for themselves.
  func layouts(_ own: [TensorLayout]) -> [TensorLayout] {
    own.indices.map { value in
      var layout = own[value]
      layout.enclosingStride = views[value].map { own[$0.whole].rowCount }
      return layout
    }
  }
}
