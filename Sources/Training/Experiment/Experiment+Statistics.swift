import CanonicalTree
import Datasets
import Execution
import Mistakes
import NeuralNetworks

extension Experiment {
  /// Requires that no batch normalization ever takes its statistics from a single value a channel, whose variance is 0.
  ///
  /// PyTorch refuses such batches as well ("Expected more than 1 value per channel when training").
  ///
  /// - Throws: `UserMistake` that names the layer, the key and what would be right.
  func requireStatistics(of graph: Graph, ranks: Int) throws(UserMistake) {
    let fewest = fewestSamples(ranks: ranks)
    for operation in graph.operations {
      guard case .batchNorm = operation.kind else { continue }
      let values = fewest.samples * graph.values[operation.inputs[0]].shape.pixels
      guard values < 2 else { continue }
      throw UserMistake(
        "\(fewest.key): layer \(operation.path): a batch normalization needs at least 2 values a channel, but \(fewest.place) "
          + "gives it \(values); \(fewest.remedy)")
    }
  }

  /// The fewest samples, above none, that share statistics in any step of an epoch, with where they occur.
  private func fewestSamples(ranks: Int) -> (samples: Int, key: String, place: String, remedy: String) {
    let (batch, count) = (recipe.batch, trainingData.count)
    let partition = MicroshardPartition(batchSize: batch.size, count: batch.microshards)
    let last = count % batch.size
    let sizes = (count >= batch.size ? [batch.size] : []) + (last > 0 ? [last] : [])
    let larger = "take a larger batch.size, or other data.train_samples"
    switch recipe.statistics {
    case .global, .running:
      let least = sizes.min() ?? 1
      let place = least == batch.size ? "a batch" : "the last batch of an epoch"
      return (least, "batch.size", "\(place) of \(Self.samples(least))", larger)
    case .microshard, .rank:
      let parts =
        recipe.statistics == .microshard
        ? (0..<batch.microshards).map { $0..<$0 + 1 }
        : (0..<ranks).map {
          MicroshardAssignment(microshardCount: batch.microshards, rankCount: ranks)[$0]
        }
      let least =
        sizes.flatMap { size in
          parts.map { part in part.reduce(0) { $0 + partition.positions(of: $1, samples: size).count } }
        }.filter { $0 > 0 }.min() ?? 1
      return (
        least, "batch_norm.statistics", "a \(recipe.statistics.rawValue) of \(Self.samples(least))",
        "take global, or \(larger)"
      )
    }
  }

  private static func samples(_ count: Int) -> String { count == 1 ? "1 sample" : "\(count) samples" }
}
