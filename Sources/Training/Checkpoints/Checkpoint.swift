package import Execution
import Foundation
public import Mistakes
package import Records
public import Safetensors

/// A training run at one moment, as files: a model that PyTorch loads, and beside it what an exact resume needs.
///
/// `step-00000470.safetensors` holds parameters and buffers under PyTorch's names, and in its metadata the experiment and
/// the position. `step-00000470.state` is a safetensors file, too: the slots of the update rule, and the position; a rule
/// without slots has none. Both hold a checksum of all that is in them. Nothing in them depends on the ``Machine``: runs with other ranks, threads or logging write the same bytes.
public struct Checkpoint: Sendable {
  /// Parameters and buffers.
  public var model: TensorFile
  /// The slots of the update rule; nil for a rule without any.
  public var slots: TensorFile?

  /// Where a checkpoint tells the configuration that it was trained with: an experiment under the keys of a configuration.
  package static let configurationKey = "lockstep.configuration"
  /// Where a checkpoint tells an experiment that was made of values, which no configuration can name.
  package static let experimentKey = "lockstep.experiment"
  /// Where a checkpoint tells what the model takes and answers.
  private static let signatureKey = "lockstep.signature"

  /// Makes a checkpoint of a state.
  ///
  /// - Parameters:
  ///   - experiment: all that the bits depend on.
  ///   - record: the experiment's record.
  ///   - signature: what the model takes and answers.
  ///   - fingerprints: by split, the fingerprint of its data.
  ///   - algorithms: by layer, the algorithm that was chosen for it.
  init(
    _ state: TrainingState, of experiment: Experiment, record: JSON, signature: ModelSignature,
    fingerprints: [(split: String, fingerprint: UInt64)], algorithms: [(layer: String, algorithm: String)]
  ) {
    let position = Self.metadata(of: state.position)
    let key = experiment.sections == nil ? Self.experimentKey : Self.configurationKey
    model = TensorFile(
      tensors: state.model.map { ($0.name, Tensor($0)) },
      metadata: position.merging([
        "format": "pt", key: record.description, Self.fingerprintsKey: Self.text(of: fingerprints),
        Self.signatureKey: signature.json.description, "lockstep.seed": String(experiment.recipe.seed),
      ]) { $1 }.merging(Self.kernelMetadata(algorithms)) { $1 })
    Self.seal(&model)
    guard !state.slots.isEmpty else { return }
    var slots = TensorFile(
      tensors: state.slots.map { ($0.name, Tensor($0)) },
      metadata: position.merging(["format": "lockstep-state"]) { $1 })
    Self.seal(&slots)
    self.slots = slots
  }

  /// What computes, as metadata: with others, bits may differ.
  static func kernelMetadata(_ algorithms: [(layer: String, algorithm: String)]) -> [String: String] {
    [
      "lockstep.kernel_library": "oneDNN \(KernelLibrary.version)",
      "lockstep.instruction_set": KernelLibrary.instructionSet,
      "lockstep.convolutions": JSON.object(algorithms.map { ($0.layer, .text($0.algorithm)) }).description,
    ]
  }

  /// A model without a position in a training, that can be applied only.
  ///
  /// - Parameters:
  ///   - configuration: what model it is, under the keys of a configuration.
  ///   - tensors: its parameters.
  package init(configuration: JSON, signature: ModelSignature, tensors: [StateTensor]) {
    model = TensorFile(
      tensors: tensors.map { ($0.name, Tensor($0)) },
      metadata: [
        "format": "pt", Self.configurationKey: configuration.description,
        Self.signatureKey: signature.json.description,
      ])
    Self.seal(&model)
  }

  /// A model file without its slots.
  package init(model: TensorFile) {
    self.model = model
  }

  /// Reads the two files of a checkpoint.
  ///
  /// - Parameter path: the model file.
  /// - Throws: `TensorFileError` if a file is damaged, or the model file is missing. Whether there must be slots is known to
  ///   the update rule: see `Trainer.restore`.
  public init(contentsOf path: String) throws(TensorFileError) {
    model = try Self.readFile(path)
    let slotsPath = Self.slotsPath(ofModel: path)
    if access(slotsPath, F_OK) == 0 { slots = try Self.readFile(slotsPath) }
  }

  /// The state in the files.
  ///
  /// - Throws: `UserMistake` if the files hold no position or different ones, or tensors of another type.
  public func state() throws(UserMistake) -> TrainingState {
    let position = try position()
    if let slots {
      for key in ["lockstep.step", "lockstep.epoch", "lockstep.batch"]
      where slots.metadata[key] != model.metadata[key] {
        throw UserMistake(
          "\(slots.path ?? "the state"): \(key): found \(slots.metadata[key] ?? "nothing"), but \(model.path ?? "the model") "
            + "has \(model.metadata[key] ?? "none"); both must be of one checkpoint")
      }
    }
    return TrainingState(
      position: position, model: try model.stateTensors(), slots: try slots?.stateTensors() ?? [])
  }

  /// What no training leaves behind, such as a number that is not finite; nil if all is plausible.
  package var implausibility: String? { model.implausibility ?? slots?.implausibility }

  /// What the model takes and answers; nil if the file does not tell.
  public var signature: ModelSignature? {
    model.metadata[Self.signatureKey].flatMap { try? JSON(parsing: $0.utf8) }.flatMap { ModelSignature($0) }
  }

  /// The digest of the model: SHA-256 over names, shapes and bytes of its parameters and buffers.
  public var digest: String { Tensor.digest(of: model.tensors) }

  /// The path of the slots that belong to a model file.
  public static func slotsPath(ofModel path: String) -> String {
    (path.hasSuffix(".safetensors") ? String(path.dropLast(".safetensors".count)) : path) + ".state"
  }
}

extension Tensor {
  /// The safetensors form of a state's tensor.
  package init(_ tensor: StateTensor) {
    switch tensor.elements {
    case .floats(let values): self.init(values, shape: tensor.shape)
    case .integers(let values): self.init(values, shape: tensor.shape)
    }
  }
}

extension TensorFile {
  /// The file's tensors as a model's state.
  ///
  /// - Throws: `UserMistake` if a tensor has elements of a type that no state has.
  package func stateTensors() throws(UserMistake) -> [StateTensor] {
    var result: [StateTensor] = []
    for (name, tensor) in tensors {
      if let values = tensor.elements(as: Float.self) {
        result.append(StateTensor(name: name, shape: tensor.shape, floats: values))
      } else if let values = tensor.elements(as: Int64.self) {
        result.append(StateTensor(name: name, shape: tensor.shape, integers: values))
      } else {
        throw UserMistake(
          "\(path ?? "checkpoint"): tensor \"\(name)\" is \(tensor), but F32 or I64 is needed")
      }
    }
    return result
  }
}
