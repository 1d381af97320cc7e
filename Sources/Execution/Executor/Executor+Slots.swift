// What an update rule keeps beside the parameters, as tensors: for checkpoints, beside the state of the model.
import NeuralNetworks

extension Executor {
  /// The slots of all parameters that are trained, slot by slot, in PyTorch's element order, then the averages, if there are any.
  ///
  /// The name is that of the slot and the parameter's path, as in `momentum_buffer/0.weight`; the shape is the
  /// parameter's, or [] for a scalar. Averages stand under ``averagePrefix`` and the path of what they are of.
  public func slotTensors() throws -> [StateTensor] {
    try slotPlaces.map { place in
      let memory = store.slot(place.slot, beside: place.parameter)
      switch options.slots[place.slot].shape {
      case .parameter:
        return StateTensor(
          name: place.name, shape: graph.parameters[place.parameter].shape.dimensions,
          floats: try store.exportPlain(place.parameter, from: memory))
      case .scalar:
        return StateTensor(name: place.name, shape: [], floats: [memory.pointee])
      }
    } + averageTensors()
  }

  /// Takes over the slots of all parameters, named as ``slotTensors()`` names them.
  ///
  /// - Throws: `StateError` if a tensor is missing, superfluous or of another shape; nothing is changed then.
  public func loadSlots(_ tensors: [StateTensor]) throws {
    let given = try Self.index(tensors)
    try Self.check(given, against: try slotTensors())
    for place in slotPlaces {
      let memory = store.slot(place.slot, beside: place.parameter)
      guard case .floats(let values)? = given[place.name]?.elements else { continue }
      switch options.slots[place.slot].shape {
      case .parameter: try store.importPlain(place.parameter, values, to: memory)
      case .scalar: memory.pointee = values[0]
      }
    }
    try loadAverages(given)
  }

  /// All pairs of a slot and a parameter that is trained, with the names of their tensors.
  private var slotPlaces: [(slot: Int, parameter: Int, name: String)] {
    options.slots.enumerated().flatMap { slot in
      graph.parameters.enumerated().filter { !frozen.contains($0.offset) }.map { parameter in
        (slot.offset, parameter.offset, "\(slot.element.name)/\(parameter.element.path)")
      }
    }
  }
}
