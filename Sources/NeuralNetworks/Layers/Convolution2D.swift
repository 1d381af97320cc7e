import Mistakes

/// A two-dimensional convolution (cross-correlation) over images.
///
/// [in, height, width] → [channels, (height + 2·padding − kernel) / stride + 1, …]. Parameters: `weight`
/// [channels, in, kernel, kernel] and, if it has one, `bias` [channels].
public struct Convolution2D: Layer {
  /// The number of output channels, ≥ 1.
  public var channels: Int
  /// The side of the filters in pixels, ≥ 1.
  public var kernel: Int
  /// The step between windows in pixels, ≥ 1.
  public var stride: Int
  /// The pixels of zeros added at each edge, ≥ 0.
  public var padding: Int
  /// Whether a bias is added to each channel.
  public var bias: Bool
  /// The last part of the path; nil where the surrounding scope names the layer.
  public var name: String?

  /// Makes a convolution; the number of input channels is that of the value it is called on.
  public init(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true, name: String? = nil
  ) {
    require(
      channels > 0 && kernel > 0 && stride > 0 && padding >= 0,
      "given \(channels) channels, kernel \(kernel), stride \(stride), padding \(padding), but at least 1, 1, 1 and 0 needed"
    )
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.bias = bias
    self.name = name
  }

  /// Adds the convolution of `x` [in, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    guard let shape = x.shape else { return x }
    guard shape.rank == 3 else {
      return x.builder.fail(
        name, "a convolution needs an image [channels, height, width], but given \(shape)")
    }
    let window = Operation.Window(kernel: kernel, stride: stride, padding: padding)
    let (height, width) = (window.outputSize(shape.height), window.outputSize(shape.width))
    guard height > 0, width > 0 else {
      return x.builder.fail(
        name, "a \(kernel)×\(kernel) kernel with padding \(padding) does not fit into \(shape)")
    }
    let path = x.builder.path(name)
    let (fanIn, fanOut) = (shape.channels * kernel * kernel, channels * kernel * kernel)
    var parameters = [
      x.builder.parameter(
        path + ".weight", Shape(channels, shape.channels, kernel, kernel), .weight, fanIn: fanIn,
        fanOut: fanOut)
    ]
    if bias {
      parameters.append(
        x.builder.parameter(path + ".bias", Shape(channels), .bias, fanIn: fanIn, fanOut: fanOut))
    }
    return x.builder.add(
      .convolution2D(window), [x], shape: Shape(channels, height, width), name: name, parameters: parameters)
  }
}
