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
    let numbers = own.map { state in
      let metrics = [state.position.metrics, state.position.test ?? BatchMetrics()]
      return [state.position.step, state.position.epoch, state.position.batch].map(UInt64.init)
        + [state.position.test == nil ? 0 : 1]
        + metrics.flatMap { [$0.lossSum.bitPattern, $0.correct.bitPattern, $0.samples.bitPattern] }
    }
    let words = try ranks.broadcast(numbers ?? [])
    var position = TrainingPosition()
    (position.step, position.epoch, position.batch) = (Int(words[0]), Int(words[1]), Int(words[2]))
    func metrics(_ begin: Int) -> BatchMetrics {
      let values = words[begin..<begin + 3].map { Double(bitPattern: $0) }
      return BatchMetrics(lossSum: values[0], correct: values[1], samples: values[2])
    }
    position.metrics = metrics(4)
    if words[3] == 1 { position.test = metrics(7) }
    return TrainingState(
      position: position, model: try broadcast(own?.model, like: shape.model, among: ranks),
      slots: try broadcast(own?.slots, like: shape.slots, among: ranks))
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
