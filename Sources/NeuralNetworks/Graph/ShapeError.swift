public import Mistakes

/// A layer was given a value that it cannot take; found when the model is built.
public struct ShapeError: UserError, Hashable {
  /// The dotted path of the layer, such as `resnet_block1.0.conv2`.
  public let path: String

  /// What the layer wanted and what it was given.
  public let reason: String

  /// Makes an error of the layer at `path`.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// One line: the layer's path and the reason.
  public var description: String { "layer \(path.isEmpty ? "(model)" : path): \(reason)" }
}
