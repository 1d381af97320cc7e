package import Execution
package import Mistakes
import Safetensors

/// Which weights of a run an evaluation is of.
public enum EvaluatedWeights: String, Hashable, Sendable, CaseIterable {
  /// Their average over the steps.
  case average
  /// Those that the last step has left.
  case trained
}

extension Checkpoint {
  /// The model with the averages of its weights and running statistics in their places; frozen weights are their own average.
  ///
  /// - Throws: `UserMistake` if the checkpoint has none.
  package func averagedModel() throws(UserMistake) -> [StateTensor] {
    let state = try state()
    let path = model.path ?? "the checkpoint"
    let averages = Dictionary(state.slots.map { ($0.name, $0) }) { $1 }
    guard averages.keys.contains(where: { $0.hasPrefix(Executor.averagePrefix) }) else {
      throw UserMistake(
        "\(path): the average of its weights lies in \(Self.slotsPath(ofModel: path)), "
          + (slots == nil ? "which is missing" : "which has none") + "; take --weights trained")
    }
    return state.model.map { tensor in
      var tensor = tensor
      if let average = averages[Executor.averagePrefix + tensor.name] { tensor.elements = average.elements }
      return tensor
    }
  }
}
