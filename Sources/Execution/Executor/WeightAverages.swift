import NeuralNetworks

/// Averages beside the parameters that are trained and beside all running statistics, and their one owner.
///
/// What an average is, the caller says: here they are kept, in the layouts of what they are of.
final class WeightAverages {
  /// An average, and what it is of.
  struct Pair {
    /// The path of what it is of.
    var name: String
    var average: UnsafeMutablePointer<Float>
    var current: UnsafeMutablePointer<Float>
    /// The stored elements, padding included.
    var count: Int
    /// The parameter that it is of; nil for a running statistic.
    var parameter: Graph.ParameterID?
  }

  /// The averages of parameters, then of running statistics, each in the order of the graph.
  let pairs: [Pair]
  /// How many values were averaged so far.
  var count: Int64 = 0
  private let memory: AlignedMemory

  init(_ graph: Graph, _ store: ParameterStore, frozen: Set<Graph.ParameterID>) {
    var pairs: [Pair] = []
    for (index, parameter) in graph.parameters.enumerated() where !frozen.contains(index) {
      let values = store.values(index)
      pairs.append(
        Pair(
          name: parameter.path, average: values, current: values, count: store.counts[index],
          parameter: index))
    }
    for (index, buffer) in graph.buffers.enumerated() {
      let values = store.buffer(index)
      pairs.append(
        Pair(
          name: buffer.path, average: values, current: values,
          count: AlignedMemory.padded(4 * buffer.count) / 4))
    }
    memory = AlignedMemory(byteCount: 4 * pairs.reduce(0) { $0 + $1.count })
    var next = memory.base.assumingMemoryBound(to: Float.self)
    for index in pairs.indices {
      pairs[index].average = next
      next += pairs[index].count
    }
    self.pairs = pairs
  }

  /// The bytes that averages take beside parameters of `parameterCounts` stored elements, but for those that are `frozen`, and
  /// beside running statistics.
  static func byteCount(_ graph: Graph, parameterCounts: [Int], frozen: Set<Graph.ParameterID>) -> Int {
    4 * parameterCounts.enumerated().filter { !frozen.contains($0.offset) }.reduce(0) { $0 + $1.element }
      + graph.buffers.reduce(0) { $0 + AlignedMemory.padded(4 * $1.count) }
  }

  /// Begins anew: nothing was averaged, and each average is what it is of.
  func reset() {
    count = 0
    for pair in pairs { pair.average.update(from: pair.current, count: pair.count) }
  }

  /// Lets averages and what they are of change places.
  func exchange() {
    for pair in pairs {
      for index in 0..<pair.count {
        (pair.average[index], pair.current[index]) = (pair.current[index], pair.average[index])
      }
    }
  }
}
