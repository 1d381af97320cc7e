import Mistakes
import NeuralNetworks

extension ParameterStore {
  /// The first element of a slot of a parameter.
  func slot(_ slot: Int, beside parameter: Int) -> UnsafeMutablePointer<Float> {
    guard let first = slots[parameter][slot].baseAddress else {
      unreachable("slot \(slot) of parameter \(parameter) has no memory")
    }
    return first
  }

  /// The floats that a slot takes beside a parameter of `parameterCount` stored elements: whole cache lines.
  static func count(_ slot: ParameterSlot, _ parameterCount: Int) -> Int {
    switch slot.shape {
    case .parameter: parameterCount
    case .scalar: AlignedMemory.alignment / 4
    }
  }

  /// The bytes that slots take beside parameters of `parameterCounts` stored elements, but for those that are `frozen`.
  static func slotByteCount(
    _ slots: [ParameterSlot], parameterCounts: [Int], frozen: Set<Graph.ParameterID>
  ) -> Int {
    4
      * parameterCounts.enumerated().filter { !frozen.contains($0.offset) }.reduce(0) { sum, parameter in
        slots.reduce(sum) { $0 + count($1, parameter.element) }
      }
  }

  /// By parameter and slot, the elements in `memory`: the slots of a parameter follow each other; a frozen one has
  /// none.
  static func place(
    _ slots: [ParameterSlot], parameterCounts: [Int], frozen: Set<Graph.ParameterID>,
    in memory: AlignedMemory
  ) -> [[UnsafeMutableBufferPointer<Float>]] {
    let names = slots.map(\.name)
    require(Set(names).count == names.count, "given slots \(names), but no two may have one name")
    var next = memory.base.assumingMemoryBound(to: Float.self)
    return parameterCounts.enumerated().map { parameter, parameterCount in
      (frozen.contains(parameter) ? [] : slots).map { slot in
        defer { next += count(slot, parameterCount) }
        return UnsafeMutableBufferPointer(start: next, count: slot.shape == .scalar ? 1 : parameterCount)
      }
    }
  }
}
