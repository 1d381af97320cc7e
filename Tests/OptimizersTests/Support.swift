import NeuralNetworks
import Optimizers

/// A parameter with what a rule keeps beside it, in arrays of the test's.
struct TestParameter: Equatable {
  var values: [Float]
  /// By slot of the rule.
  var slots: [[Float]]
  /// The bias of a layer instead of its weights.
  var isBias = false

  /// A parameter before its first step.
  init(_ values: [Float], for rule: some UpdateRule, isBias: Bool = false) {
    self.values = values
    self.isBias = isBias
    slots = rule.slots.map { [Float](repeating: 0, count: $0.shape == .scalar ? 1 : values.count) }
  }

  /// The weights and the bias of some layer; only what they are matters to a rule.
  private static let parameters: [Graph.Parameter] = {
    let graph = try? Graph(input: Shape(4), loss: .squared, model: Linear(2))
    return graph?.parameters ?? []
  }()

  /// Takes one step on the elements of `range`, or on all.
  mutating func step(
    _ rule: some UpdateRule, _ gradients: [Float], index: Int = 0, learningRate: Double,
    range: Range<Int>? = nil
  ) {
    let range = range ?? values.indices
    let gradients = Array(gradients[range])
    // Slots are copied to memory of their own and back, values and gradients are used where they are.
    let slotBuffers = slots.map { slot in
      let elements = slot.count == 1 && values.count != 1 ? slot[...] : slot[range]
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: elements.count)
      _ = buffer.initialize(from: elements)
      return buffer
    }
    values.withUnsafeMutableBufferPointer { values in
      gradients.withUnsafeBufferPointer { gradients in
        var update = ParameterUpdate(
          isBias ? 1 : 0, of: Self.parameters, values: .init(rebasing: values[range]), gradients: gradients,
          slots: slotBuffers)
        rule.update(&update, UpdateStep(index: index, learningRate: learningRate))
      }
    }
    for (slot, buffer) in zip(slots.indices, slotBuffers) {
      if slots[slot].count == values.count {
        slots[slot].replaceSubrange(range, with: buffer)
      } else {
        slots[slot] = Array(buffer)
      }
      buffer.deallocate()
    }
  }
}
