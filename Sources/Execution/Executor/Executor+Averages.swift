// Averages of the parameters and running statistics over the steps: a second model that is evaluated.
import Mistakes
import NeuralNetworks

extension Executor {
  /// What stands before the names of averages among the tensors of ``slotTensors()``.
  public static let averagePrefix = "ema/"
  /// The name of the tensor that has the number of averaged states, as in the state of PyTorch's `AveragedModel`.
  private static let countName = "n_averaged"

  /// Shows each average, and what it is of after a step, to a rule; parameters that are not trained have none.
  ///
  /// - Parameter body: is given whether nothing was averaged before, an average to update, and the current values: as many.
  public func updateAverages(
    _ body: (_ isFirst: Bool, UnsafeMutableBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
  ) {
    guard let averages else { unreachable("given averages to update, but the executor was made for none") }
    for pair in averages.pairs {
      body(
        averages.count == 0, UnsafeMutableBufferPointer(start: pair.average, count: pair.count),
        UnsafeBufferPointer(start: pair.current, count: pair.count))
    }
    averages.count += 1
  }

  /// Begins anew: nothing was averaged, and each average, if there are any, is what it is of.
  public func resetAverages() { averages?.reset() }

  /// Lets the averages take the places of parameters and running statistics while `body` is called.
  ///
  /// - Throws: what `body` throws; all is in its place then.
  public func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let averages else { unreachable("given averages to evaluate, but the executor was made for none") }
    func exchange() {
      averages.exchange()
      store.parametersChanged()
    }
    exchange()
    defer { exchange() }
    return try body()
  }

  /// The averages as tensors, in PyTorch's element order, and how many states went into them; none where there are none.
  func averageTensors() throws -> [StateTensor] {
    guard let averages else { return [] }
    return try averages.pairs.map { pair in
      let name = Self.averagePrefix + pair.name
      guard let parameter = pair.parameter else {
        let count = graph.buffers.first { $0.path == pair.name }?.count ?? 0
        return StateTensor(
          name: name, shape: [count],
          floats: Array(UnsafeBufferPointer(start: pair.average, count: count)))
      }
      return StateTensor(
        name: name, shape: graph.parameters[parameter].shape.dimensions,
        floats: try store.exportPlain(parameter, from: pair.average))
    } + [StateTensor(name: Self.countName, shape: [], integers: [averages.count])]
  }

  /// Takes over averages that were seen to be those of ``averageTensors()``.
  func loadAverages(_ given: [String: StateTensor]) throws {
    guard let averages else { return }
    for pair in averages.pairs {
      guard case .floats(let values)? = given[Self.averagePrefix + pair.name]?.elements else { continue }
      if let parameter = pair.parameter {
        try store.importPlain(parameter, values, to: pair.average)
      } else {
        for (index, value) in values.enumerated() { pair.average[index] = value }
      }
    }
    if case .integers(let count)? = given[Self.countName]?.elements { averages.count = count[0] }
  }
}
