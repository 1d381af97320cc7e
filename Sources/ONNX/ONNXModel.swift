public import Mistakes
public import NeuralNetworks
import Records

/// A model in the format of ONNX, with its weights: what `onnxruntime` and many other programs compute.
///
/// It computes what an evaluation does: batch normalization by the running statistics, and no dropout. Inputs are
/// [batch, channels, height, width] or [batch, features] in float32, and so is the result, the logits of classes or the values.
/// Version 17 of the operator set, version 8 of the format; https://onnx.ai/onnx/repo-docs/IR.html.
public struct ONNXModel {
  /// The type `FLOAT` of tensors.
  static let floatType = 1
  private static let formatVersion = 8
  private static let operatorSetVersion = 17
  /// Protocol buffers hold less than 2 GiB.
  private static let mostBytes = Int(Int32.max)

  /// The name of the model's input.
  public static let inputName = "input"
  /// The name of the model's result.
  public let outputName: String

  private let graph: Graph
  private let nodes: [ONNXNode]
  private let tensors: [ONNXTensor]
  private let metadata: [(key: String, value: String)]

  /// Translates a model.
  ///
  /// - Parameters:
  ///   - graph: the model; its loss, if there is one, is left out.
  ///   - map: what is subtracted from the channels or features of the input, and what they are then divided by, one number each
  ///     or one for all; nil if the model takes its input as it is.
  ///   - scale: what the result is brought back from, its values being (y − mean) ÷ deviation; nil if it is y.
  ///   - metadata: texts that stand beside the model, by key.
  ///   - values: the elements of a parameter or of running statistics by path, row-major in PyTorch's order.
  public init(
    _ graph: Graph, normalizedBy map: (mean: [Float], deviation: [Float])?,
    scaledBy scale: (mean: [Float], deviation: [Float])? = nil,
    metadata: [(key: String, value: String)], values: (_ path: String) -> [Float]
  ) {
    (self.graph, self.metadata) = (graph, metadata)
    outputName = graph.loss == .squared ? "values" : "logits"
    var translation = ONNXTranslation(
      graph, inputName: Self.inputName, outputName: scale == nil ? outputName : "scaled")
    if let map { translation.normalize(mean: map.mean, deviation: map.deviation) }
    for operation in graph.operations { translation.add(operation) }
    if let scale { translation.rescale(mean: scale.mean, deviation: scale.deviation, into: outputName) }
    nodes = translation.nodes
    tensors = translation.tensors(values: values)
  }

  /// The file's bytes.
  ///
  /// - Throws: `UserMistake` if they would be 2 GiB or more, which the format does not admit.
  public func bytes(producerVersion: String) throws(UserMistake) -> [UInt8] {
    let size = tensors.reduce(0) { $0 + 4 * $1.values.count }
    // Names and operations take some hundred bytes a layer.
    guard size < Self.mostBytes - 1 << 24 else {
      throw UserMistake(
        "a model with \(size) bytes of weights does not fit into an ONNX file of less than 2 GiB")
    }
    var model = ProtocolBuffer()
    model.add(1, Self.formatVersion)
    model.add(2, "Lockstep")
    model.add(3, producerVersion)
    model.add(7, graphMessage)
    var operatorSet = ProtocolBuffer()
    operatorSet.add(1, "")
    operatorSet.add(2, Self.operatorSetVersion)
    model.add(8, operatorSet)
    for (key, value) in metadata {
      var entry = ProtocolBuffer()
      entry.add(1, key)
      entry.add(2, value)
      model.add(14, entry)
    }
    return model.bytes
  }

  /// `GraphProto`.
  private var graphMessage: ProtocolBuffer {
    var message = ProtocolBuffer()
    for node in nodes { message.add(1, node.message) }
    message.add(2, "model")
    for tensor in tensors { message.add(5, tensor.message) }
    message.add(11, Self.message(ofValue: Self.inputName, graph.inputShape))
    message.add(12, Self.message(ofValue: outputName, graph.outputShape))
    return message
  }

  /// `ValueInfoProto`: a value whose first dimension is a batch of any size.
  private static func message(ofValue name: String, _ shape: Shape) -> ProtocolBuffer {
    var batch = ProtocolBuffer()
    batch.add(2, "batch")
    var sizes = ProtocolBuffer()
    sizes.add(1, batch)
    for size in shape.dimensions {
      var dimension = ProtocolBuffer()
      dimension.add(1, size)
      sizes.add(1, dimension)
    }
    var tensor = ProtocolBuffer()
    tensor.add(1, floatType)
    tensor.add(2, sizes)
    var type = ProtocolBuffer()
    type.add(1, tensor)
    var message = ProtocolBuffer()
    message.add(1, name)
    message.add(2, type)
    return message
  }
}
