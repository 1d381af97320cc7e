// Values inside a microshard after a batch.
import NeuralNetworks

extension Executor {
  /// The microshards of this rank, each with the model's results for its samples in the latest batch.
  package func results() -> [(microshard: Int, results: [[Float]])] {
    share.microshards.enumerated().map { ($1, result(ofMicroshard: $0)) }
  }

  /// The model's result for the samples of a local microshard in the latest batch, [samples, features].
  package func result(ofMicroshard local: Int) -> [[Float]] {
    guard let plan = active[local] else { return [] }
    let stride =
      (graph.outputShape.count + engine.channelBlock - 1) / engine.channelBlock * engine.channelBlock
    func rows<Element: StoredElement>(_: Element.Type) -> [[Float]] {
      (0..<plan.samples).map { sample in
        let row = plan.output.elements(Element.self) + sample * stride
        return (0..<graph.outputShape.count).map { row[$0].float }
      }
    }
    return switch options.precision {
    case .float32: rows(Float.self)
    case .bfloat16: rows(BFloat16.self)
    }
  }

  /// The gradient of the loss by the input of a local microshard, plain rows; empty unless it was asked for.
  package func inputGradient(ofMicroshard local: Int) -> [[Float]] {
    guard let plan = active[local], let gradient = plan.inputGradient else { return [] }
    let count = graph.inputShape.count
    return (0..<plan.samples).map { Array(UnsafeBufferPointer(start: gradient + $0 * count, count: count)) }
  }

  /// The bytes of one microshard's arena.
  package var arenaByteCount: Int { microshards.first?.arena.byteCount ?? 0 }
}
