package import Execution
package import Mistakes
package import Safetensors

extension TensorFile {
  /// What wrappers of PyTorch put before the names of all tensors: `DistributedDataParallel` and `torch.compile`.
  private static let wrapperPrefixes = ["module.", "_orig_mod."]

  /// The file's tensors as the state of a model, also where PyTorch wrote them in a way of its own.
  ///
  /// * A wrapper's prefix is taken off where all tensors have it and none of the model's has.
  /// * A batch normalization without `num_batches_tracked` has seen 0 batches, as PyTorch takes it, too: modules before
  ///   version 0.4.1 and other writers have no such count.
  ///
  /// - Parameter model: the state of the model that is to take them, whose names are needed.
  /// - Returns: the tensors in the order of the file, then the counts that were added.
  /// - Throws: `UserMistake`, as `stateTensors()` does.
  package func stateTensors(for model: [StateTensor]) throws(UserMistake) -> [StateTensor] {
    var found = try unwrapped(for: model).stateTensors()
    let names = Set(found.map(\.name))
    for tensor in model where tensor.name.hasSuffix(".num_batches_tracked") && !names.contains(tensor.name) {
      found.append(StateTensor(name: tensor.name, shape: tensor.shape, integers: [0]))
    }
    return found
  }

  /// The file without a wrapper's prefix, where all tensors have it and none of the model's has.
  func unwrapped(for model: [StateTensor]) -> TensorFile {
    let prefix = Self.wrapperPrefixes.first { prefix in
      !names.isEmpty && names.allSatisfy { $0.hasPrefix(prefix) }
        && !model.contains { $0.name.hasPrefix(prefix) }
    }
    guard let prefix else { return self }
    return renamed { String($0.dropFirst(prefix.count)) }
  }
}
