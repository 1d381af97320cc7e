import Configurations

extension SequentialLayer {
  /// What a layer is: a word of its own, or the first key of a mapping.
  enum Word: String, ConfigurationWord {
    case convolution, linear, relu, sigmoid
    case batchNorm = "batch_norm"
    case maxPool = "max_pool"
    case averagePool = "average_pool"
    case globalAveragePool = "global_average_pool"
    case flatten, dropout, residual, dense, `repeat`
  }

  /// What more a mapping says of its layer.
  enum Option: String, ConfigurationWord {
    case kernel, stride, padding, bias, shortcut, layers
  }

  /// A key of a mapping that is a layer.
  enum Key: ConfigurationWord {
    case layer(Word)
    case option(Option)

    static var allCases: [Key] { Word.allCases.map(Key.layer) + Option.allCases.map(Key.option) }

    var rawValue: String {
      switch self {
      case .layer(let word): word.rawValue
      case .option(let option): option.rawValue
      }
    }

    init?(rawValue: String) {
      if let word = Word(rawValue: rawValue) {
        self = .layer(word)
      } else if let option = Option(rawValue: rawValue) {
        self = .option(option)
      } else {
        return nil
      }
    }
  }

  /// A key of the mapping of batch normalization.
  enum BatchNormKey: String, ConfigurationWord {
    case epsilon, momentum
    case zeroInit = "zero_init"
  }
}

extension SequentialLayer.Word {
  /// The keys that a mapping may have beside this one.
  var options: [SequentialLayer.Key] {
    switch self {
    case .convolution: [.option(.kernel), .option(.stride), .option(.padding), .option(.bias)]
    case .linear: [.option(.bias)]
    case .maxPool, .averagePool: [.option(.stride), .option(.padding)]
    case .residual: [.option(.shortcut)]
    case .dense: [.layer(.repeat)]
    case .repeat: [.option(.layers)]
    case .relu, .sigmoid, .batchNorm, .globalAveragePool, .flatten, .dropout: []
    }
  }

  /// How the layer is written.
  var example: String {
    switch self {
    case .convolution: "{convolution: 64, kernel: 3}"
    case .linear: "{linear: 10}"
    case .dropout: "{dropout: 0.5}"
    case .maxPool, .averagePool: "{\(rawValue): 2}"
    case .residual: "{residual: [{convolution: 64, kernel: 3, padding: 1}, batch_norm]}"
    case .dense: "{dense: [{convolution: 32, kernel: 3, padding: 1}], repeat: 4}"
    case .repeat: "{repeat: 3, layers: [{linear: 256}, relu]}"
    case .relu, .sigmoid, .batchNorm, .globalAveragePool, .flatten: rawValue
    }
  }
}
