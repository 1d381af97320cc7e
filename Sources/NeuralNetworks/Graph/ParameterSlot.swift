/// A tensor that an update rule keeps beside each parameter from step to step: a momentum buffer, a moving average.
public struct ParameterSlot: Hashable, Sendable {
  /// The name that PyTorch's optimizers give it in their state: `momentum_buffer`, `exp_avg`, `exp_avg_sq`.
  public var name: String
  /// Its shape beside each parameter.
  public var shape: SlotShape

  /// Names a slot; at first it holds zeros.
  public init(name: String, shape: SlotShape = .parameter) {
    self.name = name
    self.shape = shape
  }
}

/// The shape of a slot, by that of its parameter.
public enum SlotShape: Hashable, Sendable {
  /// As many numbers as the parameter has, in its shape.
  case parameter
  /// One number for each parameter; its shape is [].
  case scalar
}
