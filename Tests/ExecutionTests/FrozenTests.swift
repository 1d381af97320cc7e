import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Frozen parameters: what is computed of the others must not change a bit, and nothing of theirs is.
@Suite struct FrozenTests {
  /// A model with what is frozen of it.
  struct Case: Sendable, CustomTestStringConvertible {
    var model: SmallModel
    var frozen: [String]
    var testDescription: String { "\(model): \(frozen)" }
  }

  /// Below, above, in the middle, single tensors: of each model its first layers, its last, and every second parameter.
  static let cases = SmallModel.allCases.flatMap { model -> [Case] in
    guard let graph = try? model.graph else { return [] }
    let paths = graph.parameters.map(\.path)
    func layer(_ path: String) -> String { path.split(separator: ".").dropLast().joined(separator: ".") }
    let layers = paths.map(layer).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
    let half = layers.count / 2
    return [
      Case(model: model, frozen: Array(layers.prefix(half))),
      Case(model: model, frozen: Array(layers.dropLast())),
      Case(model: model, frozen: Array(layers.suffix(half))),
      Case(model: model, frozen: Array(layers.prefix(1))),
      Case(model: model, frozen: paths.indices.filter { $0.isMultiple(of: 2) }.map { paths[$0] }),
    ].filter { !$0.frozen.isEmpty }
  }

  private static let slots = [
    ParameterSlot(name: "momentum_buffer"), ParameterSlot(name: "count", shape: .scalar),
  ]

  private func options(
    _ frozen: [String], _ statistics: BatchStatistics, threads: Int = 1, freezesStatistics: Bool = false,
    verifies: Bool = false
  ) -> Executor.Options {
    Executor.Options(
      partition: MicroshardPartition(batchSize: 13, count: 5), statistics: statistics, threads: threads,
      slots: Self.slots, verifies: verifies, frozen: frozen, freezesStatistics: freezesStatistics)
  }

  /// Takes steps that change the parameters outside of `frozen` only.
  private func run(_ executor: Executor, frozen: [String]) throws -> (losses: [Double], state: [StateTensor])
  {
    let still = executor.graph.parameters(under: frozen)
    var losses: [Double] = []
    for (step, size) in [13, 6, 1, 9].enumerated() {
      let batch = RandomBatch(executor.graph, samples: size, seed: UInt64(100 + step))
      losses.append(try executor.forwardBackward(samples: size, fill: batch.fill).lossSum)
      executor.forEachParameter { memory in
        guard !still.contains(memory.index) else { return }
        for index in memory.values.indices { memory.values[index] -= 0.125 * memory.gradients[index] }
      }
    }
    return (losses, try executor.state())
  }

  @Test(
    "without the gradients of frozen parameters all others have the same bits", arguments: cases,
    BatchStatistics.allTested)
  func sameBits(of test: Case, statistics: BatchStatistics) throws {
    let graph = try test.model.graph
    let whole = try Executor.serial(graph, options([], statistics))
    let expected = try run(whole, frozen: test.frozen)
    let still = graph.parameters(under: test.frozen)
    let gradients = try whole.gradients().enumerated().filter { !still.contains($0.offset) }.map(\.element)
    for threads in [1, 3] {
      let executor = try Executor.serial(graph, options(test.frozen, statistics, threads: threads))
      let initial = try executor.state()
      let found = try run(executor, frozen: test.frozen)
      #expect(found.losses == expected.losses)
      #expect(zip(found.state, expected.state).filter { $0 != $1 }.map(\.0.name) == [])
      #expect(zip(try executor.gradients(), gradients).filter { $0 != $1 }.map(\.0.name) == [])
      #expect(try executor.gradients().count == graph.parameters.count - still.count)
      let names = Set(still.map { graph.parameters[$0].path })
      let moved = zip(found.state, initial).filter { $0 != $1 }.map(\.0.name)
      #expect(moved.allSatisfy { !names.contains($0) })
      #expect(moved.contains { !$0.contains("running") && !$0.contains("tracked") })
    }
  }

  @Test("frozen parameters have no slots, and are shown to no update rule", arguments: cases)
  func slots(of test: Case) throws {
    let graph = try test.model.graph
    let executor = try Executor.serial(graph, options(test.frozen, .global))
    let still = graph.parameters(under: test.frozen)
    let trained = graph.parameters.indices.filter { !still.contains($0) }
    let names = Self.slots.flatMap { slot in trained.map { "\(slot.name)/\(graph.parameters[$0].path)" } }
    #expect(try executor.slotTensors().map(\.name) == names)
    try executor.loadSlots(try executor.slotTensors())
    var shown: [Int] = []
    executor.forEachParameter { shown.append($0.index) }
    #expect(shown == trained)
    #expect(executor.nonFiniteGradient() == nil && executor.nonFiniteState(slots: true) == nil)
  }

  @Test(
    "frozen statistics stay as they are, and normalize as an evaluation does", arguments: cases,
    BatchStatistics.allTested)
  func frozenStatistics(of test: Case, statistics: BatchStatistics) throws {
    let graph = try test.model.graph
    // All batch normalizations: then the loss of a step is that of an evaluation.
    let frozen = graph.operations.filter { !$0.buffers.isEmpty }.flatMap(\.parameters)
      .map { graph.parameters[$0].path }
    guard !frozen.isEmpty, test.frozen.count == 1 else { return }
    let executor = try Executor.serial(graph, options(frozen, statistics, freezesStatistics: true))
    // The running statistics of some steps, not the first ones.
    let source = try Executor.serial(graph, options([], statistics))
    _ = try run(source, frozen: [])
    try executor.load(try source.state())
    let batch = RandomBatch(graph, samples: 13, seed: 7)
    let evaluated = try executor.evaluate(samples: 13, fill: batch.fill)
    let trained = try executor.forwardBackward(samples: 13, fill: batch.fill)
    #expect(trained.lossSum == evaluated.lossSum)
    let buffers = { (tensor: StateTensor) in
      tensor.name.contains("running") || tensor.name.contains("tracked")
    }
    #expect(try executor.state().filter(buffers) == source.state().filter(buffers))
    // And the gradients are those of a network that is evaluated.
    let running = try Executor.serial(graph, options([], .running))
    try running.load(try source.state())
    _ = try running.forwardBackward(samples: 13, fill: batch.fill)
    let names = Set(frozen)
    let expected = try running.gradients().filter { !names.contains($0.name) }
    #expect(zip(try executor.gradients(), expected).filter { $0 != $1 }.map(\.0.name) == [])
  }

  @Test(
    "of some frozen statistics the others go on, also where they share moments",
    arguments: SmallModel.allCases)
  func someFrozenStatistics(model: SmallModel) throws {
    let graph = try model.graph
    let normalizations = graph.operations.filter { !$0.buffers.isEmpty }
    guard let first = normalizations.first, normalizations.count > 1 else { return }
    let executor = try Executor.serial(
      graph, options([first.path], .global, freezesStatistics: true))
    let initial = try executor.state()
    let found = try run(executor, frozen: [first.path])
    #expect(found.losses.allSatisfy { $0.isFinite })
    let moved = zip(found.state, initial).filter { $0 != $1 }.map(\.0.name)
    #expect(!moved.contains { $0.hasPrefix(first.path + ".") })
    for other in normalizations.dropFirst() {
      #expect(moved.contains(other.path + ".running_mean"))
      #expect(moved.contains(other.path + ".num_batches_tracked"))
    }
    let threaded = try Executor.serial(
      graph, options([first.path], .global, threads: 3, freezesStatistics: true))
    let again = try run(threaded, frozen: [first.path])
    #expect(again.losses == found.losses && again.state == found.state)
  }

  @Test("prefixes are whole parts of paths")
  func prefixes() {
    #expect(Graph.isPath("layer1.0.weight", under: "layer1"))
    #expect(Graph.isPath("layer1.0.weight", under: "layer1.0.weight"))
    #expect(!Graph.isPath("layer10.0.weight", under: "layer1"))
    #expect(!Graph.isPath("layer1", under: "layer1.0"))
  }
}
