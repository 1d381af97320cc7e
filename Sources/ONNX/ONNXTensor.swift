import Records

/// A tensor of numbers that stands in a model: its weights.
struct ONNXTensor {
  /// The name by which operations read it.
  var name: String
  /// The sizes, outermost first.
  var shape: [Int]
  /// The elements, row-major.
  var values: [Float]

  /// `TensorProto`.
  var message: ProtocolBuffer {
    var message = ProtocolBuffer()
    for size in shape { message.add(1, size) }
    message.add(2, ONNXModel.floatType)
    message.add(8, name)
    values.withUnsafeBytes { message.add(9, bytes: $0) }
    return message
  }
}
