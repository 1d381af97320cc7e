import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// The state of an executor: saved, loaded, and refused.
@Suite struct ExecutorStateTests {
  private func executor(_ model: SmallModel = .residual, seed: UInt64 = 9, trains: Bool = true) throws
    -> Executor
  {
    let graph = try model.graph
    let executor = try Executor.serial(
      graph,
      Executor.Options(
        partition: MicroshardPartition(batchSize: 8, count: 3),
        slots: [ParameterSlot(name: "steps", shape: .scalar), ParameterSlot(name: "momentum_buffer")]),
      seed: seed)
    guard trains else { return executor }
    let batch = RandomBatch(graph, samples: 7)
    _ = try executor.forwardBackward(samples: 7, fill: batch.fill)
    executor.forEachParameter { memory in
      for index in memory.values.indices {
        memory.slots[1][index] = memory.gradients[index]
        memory.values[index] -= 0.1 * memory.gradients[index]
      }
      memory.slots[0][0] = Float(1 + memory.index)
    }
    return executor
  }

  @Test("state, load, state is the identity: names, shapes, bits, order", arguments: SmallModel.allCases)
  func identity(model: SmallModel) throws {
    let (executor, other) = try (executor(model), executor(model, seed: 3, trains: false))
    let state = try executor.state()
    #expect(try other.state() != state)
    try other.load(state.reversed())
    #expect(try other.state() == state)
    #expect(
      state.filter { $0.name.hasSuffix("num_batches_tracked") }.allSatisfy { $0.elements == .integers([1]) })

    let slots = try executor.slotTensors()
    #expect(
      try slots
        == executor.graph.parameters.enumerated().map { index, parameter in
          StateTensor(name: "steps/" + parameter.path, shape: [], floats: [Float(1 + index)])
        }
        + executor.gradients().map { gradient in
          StateTensor(
            name: "momentum_buffer/" + gradient.name, shape: gradient.shape, floats: try gradient.floats)
        })
    try other.loadSlots(slots.reversed())
    #expect(try other.slotTensors() == slots)
  }

  @Test(
    "the state names every parameter and buffer of the graph once, in PyTorch's shapes",
    arguments: SmallModel.allCases)
  func names(model: SmallModel) throws {
    let graph = try model.graph
    let state = try executor(model).state()
    #expect(Set(state.map(\.name)).count == state.count)
    for parameter in graph.parameters {
      #expect(state.first { $0.name == parameter.path }?.shape == parameter.shape.dimensions)
    }
    for buffer in graph.buffers {
      #expect(state.first { $0.name == buffer.path }?.shape == [buffer.count])
    }
    #expect(state.count == graph.parameters.count + graph.buffers.count * 3 / 2)
  }

  @Test("a value that is not a normal number survives too")
  func specialValues() throws {
    let executor = try executor()
    let special: [Float] = [-0.0, .leastNonzeroMagnitude, -.infinity, .greatestFiniteMagnitude, .ulpOfOne]
    let state = try executor.state().map { tensor in
      guard case .floats(let values) = tensor.elements else { return tensor }
      let floats = values.indices.map { special[$0 % special.count] }
      return StateTensor(name: tensor.name, shape: tensor.shape, floats: floats)
    }
    try executor.load(state)
    for (found, expected) in zip(try executor.state(), state) {
      guard case .floats(let values) = found.elements else { continue }
      #expect(try values.map(\.bitPattern) == expected.floats.map(\.bitPattern), "\(found.name)")
    }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var message: String
    var apply: @Sendable ([StateTensor]) -> [StateTensor]
  }

  static let damages = [
    Damage(
      testDescription: "missing parameter",
      message: "tensor \"fc.weight\" of shape [3, 17] is missing",
      apply: { $0.filter { $0.name != "fc.weight" } }),
    Damage(
      testDescription: "missing buffer",
      message: "tensor \"block1.bn1.running_mean\" of shape [3] is missing",
      apply: { $0.filter { $0.name != "block1.bn1.running_mean" } }),
    Damage(
      testDescription: "missing count",
      message: "tensor \"block1.bn1.num_batches_tracked\" of shape [] is missing",
      apply: { $0.filter { $0.name != "block1.bn1.num_batches_tracked" } }),
    Damage(
      testDescription: "extra tensor",
      message: "tensor \"block3.weight\" does not belong to the model",
      apply: { $0 + [StateTensor(name: "block3.weight", shape: [1], floats: [0])] }),
    Damage(
      testDescription: "given twice", message: "tensor \"fc.bias\" is given twice",
      apply: { state in state + state.filter { $0.name == "fc.bias" } }),
    Damage(
      testDescription: "wrong shape of equal size",
      message: "tensor \"fc.weight\" has shape [17, 3], but the model needs [3, 17]",
      apply: { state in
        replace("fc.weight", in: state) {
          StateTensor(name: $0.name, shape: [17, 3], floats: [Float](repeating: 0, count: 51))
        }
      }),
    Damage(
      testDescription: "wrong type", message: "tensor \"fc.bias\" has the wrong type of elements",
      apply: { state in
        replace("fc.bias", in: state) {
          StateTensor(name: $0.name, shape: $0.shape, integers: [1, 2, 3])
        }
      }),
  ]

  private static func replace(
    _ name: String, in state: [StateTensor], _ body: (StateTensor) -> StateTensor
  ) -> [StateTensor] {
    state.map { $0.name == name ? body($0) : $0 }
  }

  @Test("a state that is not the model's is refused by name, and nothing is changed", arguments: damages)
  func refused(damage: Damage) throws {
    let executor = try executor()
    let before = try executor.state()
    let other = try self.executor(seed: 4).state()
    let error = try #require(throws: StateError.self) { try executor.load(damage.apply(other)) }
    #expect(error.description == damage.message)
    #expect(try executor.state() == before)
  }

  @Test("slots are refused as states are")
  func refusedSlots() throws {
    let executor = try executor()
    let slots = try executor.slotTensors()
    func refuses(_ message: String, _ change: ([StateTensor]) -> [StateTensor]) throws {
      let zeros = slots.map { tensor in
        StateTensor(
          name: tensor.name, shape: tensor.shape,
          floats: [Float](repeating: 0, count: tensor.shape.reduce(1, *)))
      }
      let error = try #require(throws: StateError.self) { try executor.loadSlots(change(zeros)) }
      #expect(error.description == message)
      #expect(try executor.slotTensors() == slots)
    }
    try refuses("tensor \"momentum_buffer/fc.bias\" of shape [3] is missing") { $0.dropLast() }
    try refuses("tensor \"steps/fc.bias\" of shape [] is missing") { slots in
      slots.filter { $0.name != "steps/fc.bias" }
    }
    try refuses("tensor \"fc.bias\" does not belong to the model") {
      $0 + [StateTensor(name: "fc.bias", shape: [3], floats: [0, 0, 0])]
    }
    try refuses("tensor \"steps/fc.bias\" has shape [3], but the model needs []") { slots in
      Self.replace("steps/fc.bias", in: slots) {
        StateTensor(name: $0.name, shape: [3], floats: [0, 0, 0])
      }
    }
  }

  @Test("slots lie side by side, each at a cache line, and an executor without slots takes no tensors")
  func slotMemory() throws {
    let executor = try executor()
    executor.forEachParameter { memory in
      #expect(memory.slots.map(\.count) == [1, memory.values.count])
      let addresses = memory.slots.map { UInt(bitPattern: $0.baseAddress) }
      #expect(addresses.allSatisfy { $0 % 64 == 0 } && addresses[1] == addresses[0] + 64)
    }
    let none = try Executor.serial(
      SmallModel.perceptron.graph, Executor.Options(partition: MicroshardPartition(batchSize: 8, count: 3)))
    #expect(try none.slotTensors().isEmpty)
    try none.loadSlots([])
  }

  @Test("two slots of one name trap")
  func equalNames() async {
    await #expect(processExitsWith: .failure) {
      let slot = ParameterSlot(name: "exp_avg")
      _ = try Executor.serial(
        SmallModel.perceptron.graph,
        Executor.Options(partition: MicroshardPartition(batchSize: 2, count: 1), slots: [slot, slot]))
    }
  }

  @Test("initialization forgets all: values, slots, running statistics")
  func initialization() throws {
    let executor = try executor()
    try executor.initialize(.he, seed: 6)
    for parameter in executor.graph.parameters.indices {
      let expected = Initialization.he.values(
        for: executor.graph.parameters[parameter], at: parameter, seed: 6)
      let path = executor.graph.parameters[parameter].path
      #expect(try executor.state().first { $0.name == path }?.floats == expected)
    }
    #expect(try executor.slotTensors().allSatisfy { try $0.floats.allSatisfy { $0 == 0 } })
    for tensor in try executor.state() {
      if tensor.name.hasSuffix("running_mean") { #expect(try tensor.floats.allSatisfy { $0 == 0 }) }
      if tensor.name.hasSuffix("running_var") { #expect(try tensor.floats.allSatisfy { $0 == 1 }) }
      if tensor.name.hasSuffix("tracked") { #expect(tensor.elements == .integers([0])) }
    }
  }
}
