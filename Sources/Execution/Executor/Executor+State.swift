public import Mistakes
public import NeuralNetworks

/// One tensor of a model's state, under its name in PyTorch's `state_dict` and in PyTorch's element order.
public struct StateTensor: Hashable, Sendable {
  /// The elements.
  public enum Elements: Hashable, Sendable {
    /// Parameters and running statistics.
    case floats([Float])
    /// The batches that a normalization has seen.
    case integers([Int64])
  }

  /// The dotted path.
  public var name: String
  /// The sizes, outermost first; empty for a scalar.
  public var shape: [Int]
  /// The elements, row-major.
  public var elements: Elements

  /// A tensor of floats, row-major in PyTorch's order.
  public init(name: String, shape: [Int], floats: [Float]) {
    (self.name, self.shape, elements) = (name, shape, .floats(floats))
  }

  /// A tensor of integers, row-major; a count has the shape [].
  public init(name: String, shape: [Int], integers: [Int64]) {
    (self.name, self.shape, elements) = (name, shape, .integers(integers))
  }
}

/// A state does not belong to the model at hand.
public struct StateError: UserError {
  /// One line: the tensor, what was found and what is needed.
  public let description: String

  /// Makes the error that `description` tells in one line.
  public init(description: String) {
    self.description = description
  }
}

extension Executor {
  /// Gives every parameter its initial value, and the running statistics theirs; slots become zeros.
  public func initialize(_ initialization: Initialization, seed: UInt64) throws {
    for (index, parameter) in graph.parameters.enumerated() {
      try store.importPlain(
        index, initialization.values(for: parameter, at: index, seed: seed), to: store.values(index))
      for slot in store.slots[index] { slot.update(repeating: 0) }
    }
    for (index, buffer) in graph.buffers.enumerated() {
      store.buffer(index).update(repeating: buffer.role == .runningVariance ? 1 : 0, count: buffer.count)
    }
    for index in store.batchesTracked.indices { store.batchesTracked[index] = 0 }
    resetAverages()
  }

  /// All parameters and buffers, in the order of PyTorch's `state_dict`.
  public func state() throws -> [StateTensor] {
    var tensors: [StateTensor] = []
    var tracked = 0
    for operation in graph.operations {
      for parameter in operation.parameters {
        tensors.append(
          StateTensor(
            name: graph.parameters[parameter].path, shape: graph.parameters[parameter].shape.dimensions,
            floats: try store.exportPlain(parameter, from: store.values(parameter))))
      }
      guard !operation.buffers.isEmpty else { continue }
      for buffer in operation.buffers {
        let count = graph.buffers[buffer].count
        tensors.append(
          StateTensor(
            name: graph.buffers[buffer].path, shape: [count],
            floats: Array(UnsafeBufferPointer(start: store.buffer(buffer), count: count))))
      }
      tensors.append(
        StateTensor(name: Self.trackedName(operation), shape: [], integers: [store.batchesTracked[tracked]]))
      tracked += 1
    }
    return tensors
  }

  /// The gradients of the latest training batch, under the names of the parameters that are trained.
  public func gradients() throws -> [StateTensor] {
    try graph.parameters.enumerated().filter { !frozen.contains($0.offset) }.map { index, parameter in
      StateTensor(
        name: parameter.path, shape: parameter.shape.dimensions,
        floats: try store.exportPlain(index, from: store.gradients[index]))
    }
  }

  /// Takes over all parameters and buffers.
  ///
  /// - Throws: `StateError` if a tensor is missing, superfluous or of another shape; nothing is changed then.
  public func load(_ tensors: [StateTensor]) throws {
    let given = try Self.index(tensors)
    let needed = try state()
    try Self.check(given, against: needed)
    var tracked = 0
    for operation in graph.operations {
      for parameter in operation.parameters {
        guard case .floats(let values)? = given[graph.parameters[parameter].path]?.elements else { continue }
        try store.importPlain(parameter, values, to: store.values(parameter))
      }
      guard !operation.buffers.isEmpty else { continue }
      for buffer in operation.buffers {
        guard case .floats(let values)? = given[graph.buffers[buffer].path]?.elements else { continue }
        for (channel, value) in values.enumerated() { store.buffer(buffer)[channel] = value }
      }
      if case .integers(let count)? = given[Self.trackedName(operation)]?.elements {
        store.batchesTracked[tracked] = count[0]
      }
      tracked += 1
    }
  }

  private static func trackedName(_ operation: Operation) -> String {
    operation.path + ".num_batches_tracked"
  }

  static func index(_ tensors: [StateTensor]) throws(StateError) -> [String: StateTensor] {
    var result: [String: StateTensor] = [:]
    for tensor in tensors {
      guard result.updateValue(tensor, forKey: tensor.name) == nil else {
        throw StateError(description: "tensor \"\(tensor.name)\" is given twice")
      }
    }
    return result
  }

  static func check(
    _ given: [String: StateTensor], against needed: [StateTensor]
  ) throws(StateError) {
    for tensor in needed {
      guard let found = given[tensor.name] else {
        throw StateError(description: "tensor \"\(tensor.name)\" of shape \(tensor.shape) is missing")
      }
      switch (found.elements, tensor.elements) {
      case (.floats, .floats), (.integers, .integers): break
      default: throw StateError(description: "tensor \"\(tensor.name)\" has the wrong type of elements")
      }
      guard found.shape == tensor.shape else {
        throw StateError(
          description:
            "tensor \"\(tensor.name)\" has shape \(found.shape), but the model needs \(tensor.shape)")
      }
    }
    let names = Set(needed.map(\.name))
    if let extra = given.keys.filter({ !names.contains($0) }).min() {
      throw StateError(description: "tensor \"\(extra)\" does not belong to the model")
    }
  }
}
