import COneDNN
import Mistakes
import NeuralNetworks

/// The one owner of a replica's parameters, their slots and running statistics, in the layouts kernels like.
final class ParameterStore {
  let graph: Graph
  /// By parameter, its stored layout.
  let layouts: [MemoryDescriptor]
  /// By parameter, its stored elements, padded to whole cache lines.
  let counts: [Int]
  private let engine: Engine
  private let offsets: [Int]
  private let valueMemory: AlignedMemory
  private let slotMemory: AlignedMemory
  /// By parameter and slot, what an update rule keeps beside it: in the layout of the parameter and padded as that is,
  /// or one number; no slots for frozen ones.
  let slots: [[UnsafeMutableBufferPointer<Float>]]
  private let bufferOffsets: [Int]
  private let bufferMemory: AlignedMemory
  private let gradientMemory: AlignedMemory
  /// By parameter, its gradient over the global batch once a step's sums have finished; at first a place of its own,
  /// which those keep whose gradient comes from the backward sums of a batch normalization.
  var gradients: [UnsafeMutablePointer<Float>]
  /// By running mean, the training batches that its normalization has seen.
  var batchesTracked: [Int64]
  private var weightCopies: [WeightCopy] = []
  private var copiesAreCurrent = false

  /// Weights in another layout than the stored one, or of another type.
  private struct WeightCopy {
    var parameter: Int
    var layout: MemoryDescriptor
    var memory: AlignedMemory
    var reorder: BoundPrimitive
    /// What the reorder needs beside the two.
    var scratchpad: AlignedMemory
  }

  private static let lane = AlignedMemory.alignment / 4

  /// Makes the store.
  ///
  /// - Parameters:
  ///   - preferred: the layouts that kernels ask for, nil for PyTorch's own.
  ///   - frozen: the parameters that have no slots.
  init(
    _ graph: Graph, preferred: [MemoryDescriptor?], slots: [ParameterSlot],
    frozen: Set<Graph.ParameterID>, engine: Engine
  ) throws(OneDNNError) {
    self.graph = graph
    self.engine = engine
    layouts = try Self.layouts(graph, preferred: preferred)
    counts = layouts.map { AlignedMemory.padded($0.byteCount) / 4 }
    var total = 0
    offsets = counts.map { count in
      defer { total += count }
      return total
    }
    valueMemory = AlignedMemory(byteCount: 4 * total)
    slotMemory = AlignedMemory(byteCount: Self.slotByteCount(slots, parameterCounts: counts, frozen: frozen))
    self.slots = Self.place(slots, parameterCounts: counts, frozen: frozen, in: slotMemory)
    var bufferTotal = 0
    bufferOffsets = graph.buffers.map { buffer in
      defer { bufferTotal += AlignedMemory.padded(4 * buffer.count) / 4 }
      return bufferTotal
    }
    bufferMemory = AlignedMemory(byteCount: 4 * bufferTotal)
    // Only scales and shifts keep their gradients here; weights' lie in buckets.
    let owned = zip(graph.parameters, counts).map { parameter, count in
      parameter.role == .scale || parameter.role == .shift ? count : 0
    }
    gradientMemory = AlignedMemory(byteCount: 4 * owned.reduce(0, +))
    var next = gradientMemory.base.assumingMemoryBound(to: Float.self)
    gradients = owned.map { count in
      defer { next += count }
      return next
    }
    batchesTracked = graph.buffers.filter { $0.role == .runningMean }.map { _ in 0 }
  }

  /// By parameter, its stored layout.
  static func layouts(
    _ graph: Graph, preferred: [MemoryDescriptor?]
  ) throws(OneDNNError) -> [MemoryDescriptor] {
    var layouts: [MemoryDescriptor] = []
    for (parameter, layout) in zip(graph.parameters, preferred) {
      if let layout {
        layouts.append(layout)
      } else {
        layouts.append(try MemoryDescriptor.plain(parameter.shape.dimensions))
      }
    }
    return layouts
  }

  func values(_ parameter: Int) -> UnsafeMutablePointer<Float> {
    valueMemory.base.assumingMemoryBound(to: Float.self) + offsets[parameter]
  }

  func buffer(_ buffer: Int) -> UnsafeMutablePointer<Float> {
    bufferMemory.base.assumingMemoryBound(to: Float.self) + bufferOffsets[buffer]
  }

  // MARK: - Weights in other layouts

  /// A parameter in `layout`: the stored memory itself, or a copy that ``refreshCopies()`` keeps up to date.
  func weights(
    _ parameter: Int, in layout: MemoryDescriptor
  ) throws(OneDNNError) -> UnsafeMutableRawPointer {
    let stored = UnsafeMutableRawPointer(values(parameter))
    if layout.isEqual(to: layouts[parameter]) { return stored }
    let found = weightCopies.first { $0.parameter == parameter && $0.layout.isEqual(to: layout) }
    if let found { return found.memory.base }
    let memory = AlignedMemory(byteCount: layout.byteCount)
    let primitive = try Primitive.reorder(layouts[parameter], to: layout, engine: engine)
    let scratchpad = AlignedMemory(byteCount: primitive.scratchpadByteCount)
    let reorder = try BoundPrimitive(
      primitive, [(DNNL_ARG_FROM, layouts[parameter], stored), (DNNL_ARG_TO, layout, memory.base)],
      scratchpad: scratchpad.base)
    weightCopies.append(
      WeightCopy(
        parameter: parameter, layout: layout, memory: memory, reorder: reorder, scratchpad: scratchpad))
    copiesAreCurrent = false
    return memory.base
  }

  /// Says that parameters have changed.
  func parametersChanged() {
    copiesAreCurrent = false
  }

  /// Brings all copies of weights up to date; to be called before kernels run.
  func refreshCopies(_ team: ThreadTeam) {
    guard !copiesAreCurrent else { return }
    team.run { thread in
      for index in stride(from: thread, to: weightCopies.count, by: team.count) {
        weightCopies[index].reorder.execute()
      }
    }
    copiesAreCurrent = true
  }

  private func boundReorder(
    _ source: MemoryDescriptor, _ from: UnsafeMutableRawPointer, to target: MemoryDescriptor,
    _ to: UnsafeMutableRawPointer
  ) throws(OneDNNError) -> BoundPrimitive {
    let primitive = try Primitive.reorder(source, to: target, engine: engine)
    // Reorders between layouts of floats need no scratch memory of ours.
    require(
      primitive.scratchpadByteCount == 0,
      "a reorder asks for \(primitive.scratchpadByteCount) bytes of scratch memory but 0 expected")
    return try BoundPrimitive(
      primitive, [(DNNL_ARG_FROM, source, from), (DNNL_ARG_TO, target, to)], scratchpad: from)
  }

  // MARK: - PyTorch's order

  /// Stored elements in PyTorch's order.
  func exportPlain(_ parameter: Int, from memory: UnsafeMutablePointer<Float>) throws(OneDNNError) -> [Float]
  {
    let shape = graph.parameters[parameter].shape
    let plain = AlignedMemory(byteCount: 4 * shape.count)
    try boundReorder(
      layouts[parameter].cropped(to: shape.dimensions), UnsafeMutableRawPointer(memory),
      to: .plain(shape.dimensions), plain.base
    ).execute()
    return Array(
      UnsafeBufferPointer(start: plain.base.assumingMemoryBound(to: Float.self), count: shape.count))
  }

  /// Stores elements given in PyTorch's order.
  func importPlain(
    _ parameter: Int, _ elements: [Float], to memory: UnsafeMutablePointer<Float>
  ) throws(OneDNNError) {
    let shape = graph.parameters[parameter].shape
    require(elements.count == shape.count, "given \(elements.count) elements but \(shape.count) needed")
    let plain = AlignedMemory(byteCount: 4 * shape.count)
    plain.base.assumingMemoryBound(to: Float.self).update(from: elements, count: elements.count)
    try boundReorder(
      .plain(shape.dimensions), plain.base, to: layouts[parameter].cropped(to: shape.dimensions),
      UnsafeMutableRawPointer(memory)
    ).execute()
    parametersChanged()
  }
}
