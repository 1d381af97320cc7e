import Records

/// An operation of a model.
struct ONNXNode {
  /// What an operation is told beside its inputs.
  enum Attribute {
    case float(Float)
    case integer(Int)
    case integers([Int])
  }

  /// The operation's name in ONNX's operator set.
  var operation: String
  /// A name of its own, for messages of whoever runs the model.
  var name: String
  /// The values that it reads.
  var inputs: [String]
  /// The value that it makes.
  var output: String
  /// By name, what it is told.
  var attributes: [(name: String, value: Attribute)] = []

  /// `NodeProto`.
  var message: ProtocolBuffer {
    var message = ProtocolBuffer()
    for input in inputs { message.add(1, input) }
    message.add(2, output)
    message.add(3, name)
    message.add(4, operation)
    for (name, value) in attributes { message.add(5, Self.message(of: value, called: name)) }
    return message
  }

  /// `AttributeProto`, whose last field tells the type.
  private static func message(of attribute: Attribute, called name: String) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    message.add(1, name)
    switch attribute {
    case .float(let value):
      message.add(2, value)
      message.add(20, 1)
    case .integer(let value):
      message.add(3, value)
      message.add(20, 2)
    case .integers(let values):
      for value in values { message.add(8, value) }
      message.add(20, 7)
    }
    return message
  }
}
