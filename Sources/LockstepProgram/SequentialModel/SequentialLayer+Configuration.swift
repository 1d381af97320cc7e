package import Configurations
import NeuralNetworks

extension SequentialLayer {
  /// The largest side of a window, step and padding, in pixels.
  private static let largestWindow = 1024

  /// Reads a list of layers, in which what is to be repeated stands as often as it says.
  ///
  /// - Parameters:
  ///   - node: the list.
  ///   - key: its dotted key.
  ///   - depth: how many lists there are around what stands in this one.
  package static func chain(
    _ node: ConfigurationNode, key: String, depth: Int
  ) throws(ConfigurationError) -> [SequentialLayer] {
    guard case .list(let elements) = node.content, !elements.isEmpty else {
      let found = if case .list = node.content { "an empty list" } else { node.summary }
      throw ConfigurationError(
        node.place, key: key, "found \(found), expected a list of layers, such as [{linear: 256}, relu]")
    }
    guard depth <= SequentialModel.largestDepth else {
      throw ConfigurationError(
        node.place, key: key, "more than \(SequentialModel.largestDepth) lists of layers inside one another")
    }
    var (layers, count): ([SequentialLayer], Int) = ([], 0)
    for (index, element) in elements.enumerated() {
      let key = "\(key)[\(index)]"
      let (next, repetitions) = try read(element, key: key, depth: depth)
      count += next.layerCount * repetitions
      guard count <= SequentialModel.largestLayerCount else {
        throw ConfigurationError(
          element.place, key: key,
          "with it there are \(count) layers, repetitions included, but \(SequentialModel.largestLayerCount) at most"
        )
      }
      for _ in 0..<repetitions { layers += next }
    }
    return layers
  }

  /// Reads an element of a list: the layers that it stands for, and how often.
  private static func read(
    _ node: ConfigurationNode, key: String, depth: Int
  ) throws(ConfigurationError) -> (layers: [SequentialLayer], repetitions: Int) {
    func one(_ kind: Kind) -> ([SequentialLayer], Int) {
      ([SequentialLayer(kind: kind, place: node.place, key: key)], 1)
    }
    guard case .mapping = node.content else { return one(try word(node, key: key)) }
    let reader = try ConfigurationReader<Key>(node, path: key)
    let word = try word(of: reader, node, key: key)
    func chain(_ key: Key) throws(ConfigurationError) -> [SequentialLayer]? {
      guard let node = reader.node(key) else { return nil }
      return try Self.chain(node, key: reader.name(of: key.rawValue), depth: depth + 1)
    }
    switch word {
    case .repeat:
      let repetitions = try reader.required(.layer(.repeat), in: 1...SequentialModel.largestLayerCount)
      guard let layers = try chain(.option(.layers)) else {
        throw reader.error(.option(.layers), "missing; expected a list of layers, such as \(word.example)")
      }
      return (layers, repetitions)
    case .dense:
      let repetitions = try reader.integer(.layer(.repeat), in: 1...SequentialModel.largestLayerCount)
      return one(.dense(try chain(.layer(.dense)) ?? [], repetitions: repetitions ?? 1))
    case .residual:
      return one(.residual(try chain(.layer(.residual)) ?? [], shortcut: try chain(.option(.shortcut))))
    case .convolution: return one(try convolution(reader))
    case .linear:
      return one(
        .linear(
          features: try reader.required(.layer(.linear), in: 1...Int.largestCount),
          bias: try reader.boolean(.option(.bias)) ?? true))
    case .dropout:
      return one(.dropout(probability: try reader.requiredNumber(.layer(.dropout), .fraction)))
    case .maxPool: return one(try pooling(reader, .max, .maxPool))
    case .averagePool: return one(try pooling(reader, .average, .averagePool))
    case .batchNorm: return one(try batchNorm(reader.section(.layer(.batchNorm))))
    case .relu, .sigmoid, .globalAveragePool, .flatten:
      throw reader.error(.layer(word), "has no options; write the word alone: \(word.rawValue)")
    }
  }

  /// The layer that is a word of its own.
  private static func word(_ node: ConfigurationNode, key: String) throws(ConfigurationError) -> Kind {
    guard case .scalar(let text, _) = node.content, !node.isNull else {
      throw ConfigurationError(
        node.place, key: key,
        "found \(node.summary), expected a layer: a word such as relu, or a mapping such as {linear: 10}")
    }
    guard let word = Word(rawValue: text) else {
      throw ConfigurationError(
        node.place, key: key, "unknown layer \(node.summary); \(Word.suggestion(for: text))")
    }
    switch word {
    case .relu: return .activation(.relu)
    case .sigmoid: return .activation(.sigmoid)
    case .batchNorm: return .batchNorm()
    case .globalAveragePool: return .globalAveragePooling
    case .flatten: return .flatten
    case .convolution, .linear, .maxPool, .averagePool, .dropout, .residual, .dense, .repeat:
      throw ConfigurationError(
        node.place, key: key, "found the word \(text) alone, expected a mapping such as \(word.example)")
    }
  }

  /// What the layer of a mapping is, all whose keys belong to it.
  private static func word(
    of reader: ConfigurationReader<Key>, _ node: ConfigurationNode, key: String
  ) throws(ConfigurationError) -> Word {
    let given = Key.allCases.filter { reader.node($0) != nil }
    let words = Word.allCases.filter { given.contains(.layer($0)) }
    // Of a word and a word that is an option of it, the first is the layer.
    let first = words.first { word in !words.contains { $0.options.contains(.layer(word)) } }
    guard let word = first else {
      throw ConfigurationError(node.place, key: key, "names no layer; expected \(Word.expectation)")
    }
    for other in given where other != .layer(word) && !word.options.contains(other) {
      if case .layer = other {
        throw reader.error(other, "is a layer of its own, but stands beside \(word.rawValue)")
      }
      let owners = Word.allCases.filter { $0.options.contains(other) }.map(\.rawValue)
      throw reader.error(
        other, "belongs to \(owners.joined(separator: ", ")), but this layer is \(word.rawValue)")
    }
    return word
  }

  private static func convolution(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) -> Kind {
    .convolution(
      channels: try reader.required(.layer(.convolution), in: 1...Int.largestCount),
      kernel: try reader.required(.option(.kernel), in: 1...largestWindow),
      stride: try reader.integer(.option(.stride), in: 1...largestWindow) ?? 1,
      padding: try reader.integer(.option(.padding), in: 0...largestWindow) ?? 0,
      bias: try reader.boolean(.option(.bias)) ?? true)
  }

  private static func pooling(
    _ reader: ConfigurationReader<Key>, _ reduction: Pooling2D.Reduction, _ word: Word
  ) throws(ConfigurationError) -> Kind {
    let kernel = try reader.required(.layer(word), in: 1...largestWindow)
    return .pooling(
      reduction, kernel: kernel,
      stride: try reader.integer(.option(.stride), in: 1...largestWindow) ?? kernel,
      padding: try reader.integer(.option(.padding), in: 0...kernel / 2) ?? 0)
  }

  private static func batchNorm(
    _ reader: ConfigurationReader<BatchNormKey>
  ) throws(ConfigurationError) -> Kind {
    .batchNorm(
      epsilon: try reader.number(.epsilon, .positive), momentum: try reader.number(.momentum, .factor),
      beginsAtZero: try reader.boolean(.zeroInit))
  }
}

extension SequentialLayer.Kind {
  /// Batch normalization, with PyTorch's numbers where none are given.
  fileprivate static func batchNorm(
    epsilon: Double? = nil, momentum: Double? = nil, beginsAtZero: Bool? = nil
  ) -> Self {
    let usual = BatchNorm()
    return .batchNorm(
      epsilon: epsilon ?? usual.epsilon, momentum: momentum ?? usual.momentum,
      beginsAtZero: beginsAtZero ?? usual.beginsAtZero)
  }
}

extension ConfigurationReader {
  /// An integer in `range` that must not be left out.
  fileprivate func required(_ key: Key, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    if let integer = try integer(key, in: range) { return integer }
    throw error(key, "missing; expected an integer from \(range.lowerBound) to \(range.upperBound)")
  }
}
