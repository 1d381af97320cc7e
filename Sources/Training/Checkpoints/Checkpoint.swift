package import Configurations
package import Execution
import Foundation
import Mistakes
package import Records
import Reports
package import Safetensors

/// A training run at one moment: a model file that PyTorch loads, and beside it what an exact resume needs.
///
/// `step-00000470.safetensors` holds parameters and buffers under PyTorch's names, and in its metadata the
/// configuration and the position. `step-00000470.state` is a safetensors file too: the optimizer's velocities.
package struct Checkpoint {
  /// How far a run has come.
  package struct Position: Equatable, Sendable {
    /// The steps taken.
    package var step = 0
    /// The epoch of the next step, from 0.
    package var epoch = 0
    /// The batches already taken of that epoch.
    package var batch = 0
    /// The metrics of those batches: sums of losses, of correct samples, and of samples.
    package var metrics = BatchMetrics()

    /// The beginning of a run.
    package init() {}
  }

  /// Parameters and buffers.
  package var model: TensorFile
  /// The velocities of the optimizer.
  package var optimizer: TensorFile

  private static let metadataVersion = "1"

  /// Takes the state of an executor.
  package init(_ executor: Executor, configuration: Configuration, position: Position) throws {
    model = TensorFile(
      tensors: try executor.state().map { ($0.name, Tensor($0)) },
      metadata: [
        "format": "pt", "lockstep.version": Self.metadataVersion,
        "lockstep.configuration": configuration.canonicalJSON, "lockstep.seed": String(configuration.seed),
        "lockstep.step": String(position.step), "lockstep.epoch": String(position.epoch),
        "lockstep.batch": String(position.batch),
        // The bits of a sum of losses do not survive fewer than 17 digits.
        "lockstep.epoch_loss_sum": String(format: "%.17g", position.metrics.lossSum),
        "lockstep.epoch_correct": String(Int(position.metrics.correct)),
        "lockstep.epoch_samples": String(Int(position.metrics.samples)),
        "lockstep.kernel_library": "oneDNN \(KernelLibrary.version)",
        "lockstep.instruction_set": KernelLibrary.instructionSet,
        "lockstep.convolutions": JSON.object(executor.algorithms.map { ($0.layer, .text($0.algorithm)) })
          .description,
      ])
    optimizer = TensorFile(
      tensors: try executor.velocities().map { ($0.name, Tensor($0)) },
      metadata: ["format": "lockstep-optimizer", "lockstep.step": String(position.step)])
  }

  /// The digest of the model: SHA-256 over names, shapes and bytes of its parameters and buffers.
  package var digest: String { Tensor.digest(of: model.tensors) }

  /// The file name of the model after a number of steps.
  package static func fileName(step: Int) -> String {
    String(format: "step-%08d.safetensors", step)
  }

  /// Writes the checkpoint into a directory, the model last and whole or not at all, then names it in `latest`.
  ///
  /// - Returns: the path of the model file.
  package func write(step: Int, to directory: String) throws -> String {
    let path = "\(directory)/\(Self.fileName(step: step))"
    try optimizer.write(to: Self.optimizerPath(ofModel: path))
    try model.write(to: path)
    do {
      try Data("\(Self.fileName(step: step))\n".utf8)
        .write(to: URL(fileURLWithPath: "\(directory)/latest"), options: .atomic)
    } catch {
      throw UserMistake("\(directory)/latest: cannot be written: \(error.localizedDescription)")
    }
    return path
  }

  /// The path of the optimizer's state that belongs to a model file.
  package static func optimizerPath(ofModel path: String) -> String {
    (path.hasSuffix(".safetensors") ? String(path.dropLast(".safetensors".count)) : path) + ".state"
  }

  /// The configuration that a model file was trained with.
  ///
  /// - Throws: `UserMistake` if the file does not tell; `ConfigurationError` for wrong overrides.
  package static func configuration(of file: TensorFile, overrides: [String]) throws -> Configuration {
    guard let text = file.metadata["lockstep.configuration"] else {
      throw UserMistake(
        "\(file.path ?? "the checkpoint"): says nothing of the configuration it was trained with; give one with "
          + "--config")
    }
    return try Configuration.parse(text, source: file.path ?? "checkpoint", overrides: overrides)
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
