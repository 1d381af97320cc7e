import Execution
import Mistakes

extension TrainingState {
  /// The coordinator's state, on every rank: only its host needs to reach the files that it came from.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - own: the state; nil on ranks but the coordinator.
  ///   - shape: any state of the same experiment, for the names and shapes of the tensors.
  static func broadcast(
    _ own: TrainingState?, like shape: TrainingState, among ranks: any Ranks
  ) throws -> TrainingState {
    let words = try ranks.broadcast(own.map { numbers(of: $0.position) } ?? [])
    var position = TrainingPosition()
    (position.step, position.epoch, position.batch) = (Int(words[0]), Int(words[1]), Int(words[2]))
    func metrics(_ begin: Int) -> BatchMetrics {
      let values = words[begin..<begin + 3].map { Double(bitPattern: $0) }
      return BatchMetrics(lossSum: values[0], correct: values[1], samples: values[2])
    }
    position.metrics = metrics(7)
    if words[3] == 1 { position.test = metrics(10) }
    if words[4] == 1 { position.validation = metrics(13) }
    if words[5] > 0 {
      position.best = BestScore(score: Double(bitPattern: words[6]), epochsSince: Int(words[5]) - 1)
    }
    return TrainingState(
      position: position, model: try broadcast(own?.model, like: shape.model, among: ranks),
      slots: try broadcast(own?.slots, like: shape.slots, among: ranks))
  }

  /// A position as words for other ranks.
  private static func numbers(of position: TrainingPosition) -> [UInt64] {
    var words = [position.step, position.epoch, position.batch].map(UInt64.init)
    for tested in [position.test, position.validation] { words.append(tested == nil ? 0 : 1) }
    words.append(position.best.map { UInt64($0.epochsSince) + 1 } ?? 0)
    words.append(position.best?.score.bitPattern ?? 0)
    for metrics in [position.metrics, position.test ?? BatchMetrics(), position.validation ?? BatchMetrics()]
    {
      words += [metrics.lossSum.bitPattern, metrics.correct.bitPattern, metrics.samples.bitPattern]
    }
    return words
  }

  /// The tensors of the coordinator, one after the other, in the order of `shape`.
  private static func broadcast(
    _ own: [StateTensor]?, like shape: [StateTensor], among ranks: any Ranks
  ) throws -> [StateTensor] {
    let byName = own.map { Dictionary($0.map { ($0.name, $0) }) { $1 } }
    return try shape.map { tensor in
      var tensor = tensor
      switch (tensor.elements, byName?[tensor.name]?.elements) {
      case (.floats, let given):
        var bytes: [UInt8] = []
        if case .floats(let values) = given { bytes = values.withUnsafeBytes { Array($0) } }
        tensor.elements = .floats(try ranks.broadcast(bytes).elements())
      case (.integers, let given):
        var bytes: [UInt8] = []
        if case .integers(let values) = given { bytes = values.withUnsafeBytes { Array($0) } }
        tensor.elements = .integers(try ranks.broadcast(bytes).elements())
      }
      return tensor
    }
  }
}

extension [UInt8] {
  /// The numbers whose memory these bytes are.
  fileprivate func elements<Number: BitwiseCopyable>() -> [Number] {
    withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<Number>.stride).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Number.self)
      }
    }
  }
}
