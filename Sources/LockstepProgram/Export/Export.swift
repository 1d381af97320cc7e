import Datasets
import Execution
import Mistakes
import NeuralNetworks
import ONNX
import Records
import Safetensors
import Training

/// A checkpoint's model as an ONNX file.
enum Export {
  /// Writes the file, whole or not at all.
  ///
  /// - Returns: what the file takes and gives, in lines for the user.
  /// - Throws: a `UserError` if the checkpoint cannot be read or does not fit, or the file cannot be written.
  static func write(
    _ file: CheckpointFile, to path: String
  ) throws -> [String] {
    let checkpoint = try AppliedCheckpoint(file)
    let signature = checkpoint.signature
    let values = try checkpoint.values()
    let model = ONNXModel(
      checkpoint.graph,
      normalizedBy: signature.inputScale.map { ($0.mean.map(Float.init), $0.deviation.map(Float.init)) },
      scaledBy: signature.targetScale.map { ($0.mean.map(Float.init), $0.deviation.map(Float.init)) },
      metadata: metadata(of: checkpoint)
    ) { values[$0] ?? [] }
    let bytes = try model.bytes(producerVersion: LockstepProgram.version)
    try ReplacementFile.write(bytes, to: path)
    return lines(checkpoint, model, path: path, byteCount: bytes.count)
  }

  private static func metadata(of checkpoint: AppliedCheckpoint) -> [(key: String, value: String)] {
    var metadata = [
      ("lockstep.model", checkpoint.configuration.model.name),
      ("lockstep.input", inputText(of: checkpoint.signature)),
    ]
    if let names = checkpoint.signature.classNames {
      metadata.append(("lockstep.class_names", JSON.list(names.map(JSON.text)).description))
    }
    if let names = checkpoint.signature.featureNames {
      metadata.append(("lockstep.feature_names", JSON.list(names.map(JSON.text)).description))
    }
    return metadata
  }

  /// What the numbers of the input are.
  private static func inputText(of signature: ModelSignature) -> String {
    signature.inputShape.count == 3
      ? "channel, row, column; pixel values from 0 to 1, not normalized"
      : "numbers as in the data, not normalized"
  }

  private static func lines(
    _ checkpoint: AppliedCheckpoint, _ model: ONNXModel, path: String, byteCount: Int
  ) -> [String] {
    let weights = checkpoint.file.weights.map { $0 == .average ? " (the average of its weights)" : "" } ?? ""
    func sizes(_ shape: [Int]) -> String { (["batch"] + shape.map(String.init)).joined(separator: ", ") }
    return [
      "\(path): \(checkpoint.configuration.model.name) of \(checkpoint.file.path)\(weights), \(byteCount) bytes",
      "  \(ONNXModel.inputName): float32 [\(sizes(checkpoint.graph.inputShape.dimensions))], "
        + inputText(of: checkpoint.signature),
      "  \(model.outputName): float32 [\(sizes(checkpoint.graph.outputShape.dimensions))]",
    ]
  }
}
