import CanonicalTree
package import Datasets
import Execution
import NeuralNetworks

extension Replica {
  /// What the model answers for each of some samples, with the running statistics: logits of classes, or values.
  ///
  /// Every rank must call this; all are given all answers, batch by batch.
  ///
  /// - Parameters:
  ///   - source: samples whose answers need not be known: their labels or targets must be some, and do not matter.
  ///   - body: is given the samples of a batch, and by sample the outputs.
  /// - Throws: what the ranks and `body` throw.
  package func predict(
    _ source: any SampleSource, _ body: (_ samples: Range<Int>, _ outputs: [[Float]]) throws -> Void
  ) throws {
    let outputCount = executor.graph.outputShape.count
    try forEachBatch(of: source) { batch, _ in
      var own: [UInt64] = []
      for (microshard, results) in executor.results() {
        let positions = executor.options.partition.positions(of: microshard, samples: batch.count)
        for (position, outputs) in zip(positions, results) {
          own.append(UInt64(position))
          own += outputs.map { UInt64($0.bitPattern) }
        }
      }
      var outputs = [[Float]](repeating: [], count: batch.count)
      for words in try ranks.allGather(own) {
        for begin in stride(from: 0, to: words.count, by: 1 + outputCount) {
          outputs[Int(words[begin])] = words[begin + 1...begin + outputCount].map {
            Float(bitPattern: UInt32($0))
          }
        }
      }
      try body(batch, outputs)
    }
  }
}
