/// One operation of a graph, as a description: it has no memory and no kernel.
public struct Operation: Hashable, Sendable {
  /// What is computed.
  public var kind: Kind

  /// The values that are read, in the operation's order.
  public var inputs: [Graph.ValueID]

  /// The value that is made.
  public var output: Graph.ValueID

  /// The dotted path of the layer that made the operation.
  public var path: String

  /// The parameters: weight and bias (if any), or scale and shift.
  public var parameters: [Graph.ParameterID]

  /// The buffers of a batch normalization: running mean and running variance.
  public var buffers: [Graph.BufferID]
}

extension Operation {
  /// The kinds of operations, with what their shapes do not tell.
  public enum Kind: Hashable, Sendable {
    /// A cross-correlation of images with filters, as deep learning calls convolution.
    case convolution2D(Window)
    /// y = x Wᵀ + b on feature vectors.
    case linear
    /// Normalization by the statistics of the batch, per channel or per feature.
    case batchNorm(Normalization)
    /// max(0, x).
    case relu
    /// 1 / (1 + e⁻ˣ).
    case sigmoid
    /// The maximum of each window; padding never wins.
    case maxPool2D(Window)
    /// The mean of each window, padding counted as zeros.
    case averagePool2D(Window)
    /// The mean of each channel.
    case globalAveragePool
    /// An image as a feature vector, in the order channel, row, column.
    case flatten
    /// Elements left out at random in training, the others scaled; the value itself in evaluations.
    case dropout(probability: Double)
    /// The sum of two values of one shape.
    case add
    /// Images or vectors one after the other along their channels.
    case concatenate
    /// Softmax and cross entropy against class labels.
    case softmaxCrossEntropy
    /// Half the squared difference to the targets.
    case squaredLoss
    /// The sigmoid of each feature and binary cross entropy against the targets.
    case binaryCrossEntropy
  }

  /// A square window that moves over an image.
  public struct Window: Hashable, Sendable {
    /// The side of the window in pixels.
    public var kernel: Int
    /// The step between windows in pixels.
    public var stride: Int
    /// The pixels added at each edge.
    public var padding: Int

    /// The number of windows along a side of `size` pixels; 0 or less where not one fits.
    public func outputSize(_ size: Int) -> Int {
      size + 2 * padding < kernel ? 0 : (size + 2 * padding - kernel) / stride + 1
    }
  }

  /// The constants of a batch normalization.
  public struct Normalization: Hashable, Sendable {
    /// Added to the variance before the square root.
    public var epsilon: Double
    /// The weight of the new batch in the running statistics, as PyTorch counts it.
    public var momentum: Double
  }
}
