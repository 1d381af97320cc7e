import Configurations
import Training

/// The keys of the sections `model` and `optimizer` that are about weights from elsewhere.
extension FineTuning {
  /// The keys of the section `model`.
  enum Key: String, ConfigurationWord {
    case freeze, reset
    case freezeStatistics = "freeze_statistics"
    case initialWeights = "initial_weights"
  }

  /// Reads the keys of the section `model`, and where its prefixes stand.
  static func read(
    _ node: ConfigurationNode, path: String
  ) throws(ConfigurationError) -> (FineTuning, [Place: ConfigurationPlace]) {
    let reader = try ConfigurationReader<Key>(unchecked: node, path: path)
    var (tuning, places) = (FineTuning(), [Place: ConfigurationPlace]())
    func prefixes(_ key: Key) throws(ConfigurationError) -> [String] {
      let texts = try reader.texts(
        key, expected: "a list of the beginnings of parameters' names, such as [conv1, layer1]")
      for (index, text) in (texts ?? []).enumerated() {
        places[Place(key: reader.name(of: key.rawValue), index: index, prefix: text.text)] = text.place
      }
      return texts?.map(\.text) ?? []
    }
    tuning.frozen = try prefixes(.freeze)
    tuning.reset = try prefixes(.reset)
    tuning.freezesStatistics = try reader.boolean(.freezeStatistics) ?? false
    tuning.initialWeights = try reader.text(.initialWeights)
    if let digest = tuning.initialWeights {
      guard digest.utf8.count == 64, digest.allSatisfy({ "0123456789abcdef".contains($0) }) else {
        throw reader.error(
          .initialWeights,
          expected:
            "64 hexadecimal digits, which lockstep digest FILE prints; the file itself is given by --initial-weights"
        )
      }
    }
    return (tuning, places)
  }

  /// Reads the mapping `optimizer.rates`, and where its prefixes stand.
  static func readRates(
    _ reader: ConfigurationReader<SectionOptions.OptionKey>
  ) throws(ConfigurationError) -> ([Rate], [Place: ConfigurationPlace]) {
    var (rates, places) = ([Rate](), [Place: ConfigurationPlace]())
    // By name, as a record has them.
    for prefix in reader.keys.sorted() {
      let key = SectionOptions.OptionKey(rawValue: prefix)
      places[Place(key: "optimizer.rates", index: rates.count, prefix: prefix)] = reader.place(of: key)
      rates.append(Rate(prefix, factor: try reader.requiredNumber(key, .positive)))
    }
    return (rates, places)
  }
}
