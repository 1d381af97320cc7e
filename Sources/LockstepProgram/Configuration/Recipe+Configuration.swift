import Configurations
import Execution
import NeuralNetworks
import Optimizers
import Training

/// The sections and keys of a configuration that say how a model is trained.
extension Recipe {
  init(_ reader: ConfigurationReader<Configuration.Key>) throws(ConfigurationError) {
    self.init()
    batch = try Batch(reader.section(.batch))
    let batchNorm: ConfigurationReader<BatchNormKey> = try reader.section(.batchNorm)
    let word: StatisticsWord = try batchNorm.word(.statistics) ?? .global
    statistics = BatchStatistics(rawValue: word.rawValue) ?? statistics
    loss = try Loss(reader.section(.loss))
    epochs = try reader.integer(.epochs) ?? epochs
    seed = try reader.integer(.seed, in: 0...Int.max) ?? seed
    precision = try reader.word(.precision) ?? precision
    convolution = try reader.word(.convolution) ?? convolution
    collectives = try reader.word(.collectives) ?? collectives
    nonFinite = try reader.word(.onNonFinite) ?? nonFinite
  }
}

private enum BatchNormKey: String, ConfigurationWord {
  case statistics
}

/// The statistics that a configuration may ask for; the running ones are for evaluation.
private enum StatisticsWord: String, CaseIterable {
  case global, microshard, rank
}

/// The section `batch`.
extension Batch {
  fileprivate enum Key: String, ConfigurationWord {
    case size, microshards
  }

  fileprivate init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init()
    size = try reader.integer(.size) ?? size
    microshards = try reader.integer(.microshards, in: 1...Self.mostMicroshards) ?? microshards
    guard size < microshards else { return }
    throw reader.node(.size) != nil
      ? reader.error(.size, expected: "at least batch.microshards (\(microshards))")
      : reader.error(.microshards, expected: "at most batch.size (\(size))")
  }
}

/// The section `loss`.
extension Loss {
  fileprivate enum Key: String, ConfigurationWord {
    case name
    case labelSmoothing = "label_smoothing"
    case classWeights = "class_weights"
  }

  fileprivate enum Name: String, CaseIterable {
    case crossEntropy = "cross_entropy"
    case squared
    case binaryCrossEntropy = "binary_cross_entropy"

    var kind: Graph.Loss {
      switch self {
      case .crossEntropy: .softmaxCrossEntropy
      case .squared: .squared
      case .binaryCrossEntropy: .binaryCrossEntropy
      }
    }
  }

  fileprivate init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    let name: Name = try reader.word(.name) ?? .crossEntropy
    self.init(name.kind)
    labelSmoothing = try reader.number(.labelSmoothing, .fraction) ?? labelSmoothing
    guard labelSmoothing == 0 || name == .crossEntropy else {
      throw reader.error(.labelSmoothing, "belongs to cross_entropy, but loss.name is \(name.rawValue)")
    }
    guard let weights = try reader.vector(.classWeights, .positive, in: .single) else { return }
    guard name == .crossEntropy else {
      throw reader.error(.classWeights, "belongs to cross_entropy, but loss.name is \(name.rawValue)")
    }
    classWeights = .values(weights)
  }
}
