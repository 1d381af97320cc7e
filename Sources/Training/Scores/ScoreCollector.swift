import CanonicalTree
import Datasets
import Execution
import Foundation
import NeuralNetworks

/// Collects the answers of this rank's samples during an evaluation, and those of all ranks at its end.
struct ScoreCollector {
  private let source: any SampleSource
  private let partition: MicroshardPartition
  private let outputCount: Int
  private let loss: Graph.Loss
  private var classes: ClassScores
  /// Of each batch and microshard with samples of this rank: the sums of squared and of absolute residuals, by output.
  private var residuals: [UInt64] = []
  private var batchCount = 0
  private var targets: [Float]

  /// - Parameters:
  ///   - loss: the loss, by which a single output is read, and the outputs of values.
  ///   - outputCount: the numbers that the model answers for a sample.
  init(
    _ source: any SampleSource, loss: Graph.Loss, partition: MicroshardPartition, outputCount: Int
  ) {
    self.source = source
    self.partition = partition
    self.outputCount = outputCount
    self.loss = loss
    classes = ClassScores(classCount: Self.classCount(source, outputCount))
    targets = [Float](repeating: 0, count: outputCount)
  }

  /// Takes note of this rank's answers to a batch, the latest of its executor.
  mutating func add(_ batch: Range<Int>, _ executor: Executor) {
    for (microshard, results) in executor.results() {
      let positions = partition.positions(of: microshard, samples: batch.count)
      switch source.target {
      case .classes:
        for (position, outputs) in zip(positions, results) {
          // The logit of the second of two classes stands against 0.
          classes.add(
            outputs.count == 1 ? [0] + outputs : outputs,
            label: Int(source.label(of: batch.lowerBound + position)))
        }
      case .values:
        guard !positions.isEmpty else { continue }
        var sums = [Double](repeating: 0, count: 2 * outputCount)
        for (position, outputs) in zip(positions, results) {
          read(batch.lowerBound + position)
          for index in 0..<outputCount {
            let residual = Double(targets[index]) - value(outputs[index])
            sums[index] += residual * residual
            sums[outputCount + index] += abs(residual)
          }
        }
        residuals += [UInt64(batchCount), UInt64(microshard)] + sums.map(\.bitPattern)
      }
    }
    batchCount += 1
  }

  /// The classes that a model of so many outputs tells apart.
  private static func classCount(_ source: any SampleSource, _ outputCount: Int) -> Int {
    outputCount == 1 ? source.target.count : outputCount
  }

  /// What an output says of a value: itself, or the probability whose logit it is.
  private func value(_ output: Float) -> Double {
    loss == .binaryCrossEntropy ? 1 / (1 + exp(-Double(output))) : Double(output)
  }

  /// Reads a sample's targets.
  private mutating func read(_ sample: Int) {
    targets.withUnsafeMutableBufferPointer { [source] targets in
      var span = targets.mutableSpan
      source.writeTargets(of: sample, into: &span)
    }
  }

  /// The names of what the outputs stand for; outputs that no class of the data belongs to are called by their numbers.
  private var classNames: [String]? {
    source.classNames.map { names in
      names + (min(names.count, outputCount)..<outputCount).map { "\($0)" }
    }
  }

  /// The scores of all ranks' samples.
  ///
  /// Every rank must call this.
  mutating func finish(_ metrics: BatchMetrics, among ranks: any Ranks) throws -> DataScores {
    switch source.target {
    case .classes:
      let own = classes.words
      var all = ClassScores(classCount: Self.classCount(source, outputCount))
      for words in try ranks.allGather(own) { all.add(words) }
      return DataScores(metrics: metrics, classes: all, values: nil, classNames: classNames)
    case .values:
      let sums = sum(try ranks.allGather(residuals))
      let values = ValueScores(
        sampleCount: source.count, squares: Array(sums.prefix(outputCount)),
        absolutes: Array(sums.suffix(outputCount)), spreads: spreads())
      return DataScores(metrics: metrics, classes: nil, values: values, classNames: nil)
    }
  }

  /// The residuals of all ranks: within a batch along the tree of its microshards, then batch by batch.
  private func sum(_ gathered: [[UInt64]]) -> [Double] {
    let (tree, length) = (CanonicalTree(leafCount: partition.count), 2 * outputCount)
    let none = [Double](repeating: 0, count: length)
    var leaves = [[[Double]]](
      repeating: [[Double]](repeating: none, count: partition.count), count: batchCount)
    for words in gathered {
      for begin in stride(from: 0, to: words.count, by: 2 + length) {
        leaves[Int(words[begin])][Int(words[begin + 1])] = words[begin + 2..<begin + 2 + length]
          .map { Double(bitPattern: $0) }
      }
    }
    return leaves.reduce(into: none) { total, batch in
      Self.merge(&total, tree.fold(0..<partition.count, leaf: { batch[$0] }, merge: Self.merge))
    }
  }

  private static func merge(_ left: inout [Double], _ right: [Double]) {
    for index in left.indices { left[index] += right[index] }
  }

  /// The sums of the squared distances of the targets from their mean, by output.
  ///
  /// Every rank has all targets.
  private mutating func spreads() -> [Double] {
    var means = [Double](repeating: 0, count: outputCount)
    for sample in 0..<source.count {
      read(sample)
      for index in means.indices { means[index] += Double(targets[index]) }
    }
    for index in means.indices { means[index] /= Double(source.count) }
    var spreads = [Double](repeating: 0, count: outputCount)
    for sample in 0..<source.count {
      read(sample)
      for index in means.indices {
        let distance = Double(targets[index]) - means[index]
        spreads[index] += distance * distance
      }
    }
    return spreads
  }
}
