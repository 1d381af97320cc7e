import Mistakes

/// The maximum or the mean over windows of an image.
///
/// [channels, height, width] → [channels, (height + 2·padding − kernel) / stride + 1, …].
public struct Pooling2D: Layer {
  /// What is taken of a window.
  public enum Reduction: String, CaseIterable, Hashable, Sendable {
    /// The largest value; of equals the first in row-major order. Padding never wins.
    case max
    /// The mean; padding counts as zeros, as in PyTorch.
    case average
  }

  /// What is taken of a window.
  public var reduction: Reduction
  /// The side of the windows in pixels, ≥ 1.
  public var kernel: Int
  /// The step between windows in pixels, ≥ 1.
  public var stride: Int
  /// The pixels added at each edge, at most half the kernel.
  public var padding: Int
  /// The last part of the path in messages.
  public var name: String?

  /// Makes a pooling layer whose stride is its kernel unless given.
  public init(
    _ reduction: Reduction, kernel: Int, stride: Int? = nil, padding: Int = 0, name: String? = nil
  ) {
    require(
      kernel > 0 && stride ?? 1 > 0 && padding >= 0 && 2 * padding <= kernel,
      "given kernel \(kernel), stride \(stride ?? kernel), padding \(padding), but at least 1, 1 and 0 to half the kernel needed"
    )
    self.reduction = reduction
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.name = name
  }

  /// Adds the pooling of `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    guard let shape = x.shape else { return x }
    guard shape.rank == 3 else {
      return x.builder.fail(name, "pooling needs an image [channels, height, width], but given \(shape)")
    }
    let window = Operation.Window(kernel: kernel, stride: stride, padding: padding)
    let (height, width) = (window.outputSize(shape.height), window.outputSize(shape.width))
    guard height > 0, width > 0 else {
      return x.builder.fail(
        name, "a \(kernel)×\(kernel) window with padding \(padding) does not fit into \(shape)")
    }
    return x.builder.add(
      reduction == .max ? .maxPool2D(window) : .averagePool2D(window), [x],
      shape: Shape(shape.channels, height, width), name: name)
  }
}

/// The mean of each channel of an image: [channels, height, width] → [channels, 1, 1].
public struct GlobalAveragePooling2D: Layer {
  /// Makes the layer.
  public init() {}

  /// Adds the pooling of `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    guard let shape = x.shape else { return x }
    guard shape.rank == 3 else {
      return x.builder.fail(
        nil, "global pooling needs an image [channels, height, width], but given \(shape)")
    }
    return x.builder.add(.globalAveragePool, [x], shape: Shape(shape.channels, 1, 1), name: nil)
  }
}
