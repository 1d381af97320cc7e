import NeuralNetworks

extension LoweredGraph {
  /// The batch normalization before another one that has the moments of the first channels of its input.
  ///
  /// In a dense block each normalization reads what the one before it read, and the channels that came since.
  func normalizationOfFirstChannels(_ index: Int) -> Int? {
    let channels = values[nodes[index].inputs[0]].shape.channels
    var value = nodes[index].inputs[0]
    while let producer = nodes.firstIndex(where: { $0.output == value }), nodes[producer].kind == .concatenate
    {
      value = nodes[producer].inputs[0]
      let shape = values[value].shape
      // Whole blocks of channels, however many a processor likes to have in a block.
      guard shape.channels < channels, shape.channels % 16 == 0 else { continue }
      let reader = values[value].consumers.first { nodes[$0.node].isBatchNorm && $0.position == 0 }
      // One that takes its running statistics measures nothing.
      if let reader, nodes[reader.node].hasFrozenStatistics || nodes[index].hasFrozenStatistics { continue }
      if let reader, reader.node < index { return reader.node }
    }
    return nil
  }

  /// The channels of a batch normalization's input whose moments it measures itself.
  func measuredChannels(_ index: Int) -> Range<Int> {
    let known = normalizationOfFirstChannels(index).map { values[nodes[$0].inputs[0]].shape.channels } ?? 0
    return known..<values[nodes[index].inputs[0]].shape.channels
  }
}
