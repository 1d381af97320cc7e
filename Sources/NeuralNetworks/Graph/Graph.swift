import Mistakes

/// What a model is: a list of operations with shapes, in the order they are computed.
///
/// A graph has no memory and no kernels. The module Execution compiles it to a plan.
///
/// ```swift
/// let graph = try Graph(input: Shape(1, 28, 28), loss: .softmaxCrossEntropy, model: LeNet(classes: 10))
/// ```
///
/// A graph without a loss describes a model, or a part of one, whose result may be an image; it is not executed.
public struct Graph: Hashable, Sendable {
  /// A position in ``values``.
  public typealias ValueID = Int
  /// A position in ``parameters``.
  public typealias ParameterID = Int
  /// A position in ``buffers``.
  public typealias BufferID = Int

  /// A value: the input, the result of an operation, or the loss.
  public struct Value: Hashable, Sendable {
    /// The shape of one sample.
    public var shape: Shape
  }

  /// A tensor that is learned.
  public struct Parameter: Hashable, Sendable {
    /// What the tensor does in its layer.
    public enum Role: Hashable, Sendable {
      /// The weights of a convolution [out, in, height, width] or a linear layer [out, in].
      case weight
      /// The bias of a convolution or a linear layer [out].
      case bias
      /// γ of a batch normalization [channels].
      case scale
      /// β of a batch normalization [channels].
      case shift
    }

    /// The dotted path, the name in PyTorch's `state_dict`.
    public var path: String
    /// The sizes in PyTorch's order.
    public var shape: Shape
    /// What the tensor does in its layer.
    public var role: Role
    /// The inputs that one output of the layer sums over.
    public var fanIn: Int
    /// The outputs that one input of the layer reaches.
    public var fanOut: Int
    /// Whether the tensor begins at 0, whatever the initialization.
    public var beginsAtZero: Bool
  }

  /// A tensor that is not learned but kept with the model: running statistics.
  public struct Buffer: Hashable, Sendable {
    /// What the tensor holds.
    public enum Role: Hashable, Sendable {
      /// The running mean [channels], at first 0.
      case runningMean
      /// The running unbiased variance [channels], at first 1.
      case runningVariance
    }

    /// The dotted path, the name in PyTorch's `state_dict`.
    public var path: String
    /// The number of channels or features.
    public var count: Int
    /// What the tensor holds.
    public var role: Role
  }

  /// The loss at the end of a graph.
  public enum Loss: String, Hashable, Sendable {
    /// Softmax and cross entropy against class labels, the mean over the batch.
    case softmaxCrossEntropy
    /// Half the squared difference, summed over features, the mean over the batch.
    case squared
    /// Binary cross entropy of the features' sigmoids against targets from 0 to 1, the mean over features and batch.
    case binaryCrossEntropy
  }

  /// The ε of label smoothing: in training, of a sample's weight, the share that is spread evenly over all classes.
  ///
  /// Only softmax cross entropy has labels; at least 0 and less than 1. Szegedy et al. 2015, arXiv:1512.00567,
  /// section 7.
  public internal(set) var labelSmoothing = 0.0
  /// The values, the input first.
  public internal(set) var values: [Value]
  /// The operations in the order they are computed; the last is the loss, if there is one.
  public internal(set) var operations: [Operation]
  /// The learned tensors in the order the layers were called.
  public internal(set) var parameters: [Parameter]
  /// The running statistics in the order the layers were called.
  public internal(set) var buffers: [Buffer]

  /// The value that a sample is fed into.
  public var input: ValueID { 0 }

  /// The loss that the graph ends in; nil if it only describes a model.
  public var loss: Loss? {
    switch operations.last?.kind {
    case .softmaxCrossEntropy: .softmaxCrossEntropy
    case .squaredLoss: .squared
    case .binaryCrossEntropy: .binaryCrossEntropy
    default: nil
    }
  }

  /// The model's result: the logits or predictions that enter the loss, if there is one.
  public var output: ValueID {
    guard let last = operations.last else { return input }
    return loss == nil ? last.output : last.inputs[0]
  }

  /// The shape of one input sample.
  public var inputShape: Shape { values[input].shape }

  /// The shape of the model's result for one sample.
  public var outputShape: Shape { values[output].shape }

  /// The number of learned numbers.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// Builds the graph of a model, from its input to its loss.
  ///
  /// - Parameters:
  ///   - input: the shape of one sample, [channels, height, width] or [features].
  ///   - loss: what the model's result ends in.
  ///   - labelSmoothing: see ``labelSmoothing``.
  ///   - model: the layer that is called on the input.
  /// - Throws: `ShapeError` of the first layer that cannot take what it is given.
  public init(
    input: Shape, loss: Loss, labelSmoothing: Double = 0, model: some Layer
  ) throws(ShapeError) {
    require(
      labelSmoothing >= 0 && labelSmoothing < 1 && (loss == .softmaxCrossEntropy || labelSmoothing == 0),
      "given a label smoothing of \(labelSmoothing) for the loss \(loss)")
    try self.init(model, on: input, endingIn: loss)
    self.labelSmoothing = labelSmoothing
  }

  /// Builds the graph of a model, or of a part of one, without a loss: to describe it, not to execute it.
  ///
  /// ```swift
  /// let block = try Graph(input: Shape(3, 6, 6), model: Residual(channels: 3))
  /// print(block.outputShape)  // 3×6×6
  /// ```
  ///
  /// - Parameters:
  ///   - input: the shape of one sample, [channels, height, width] or [features].
  ///   - model: the layer that is called on the input; its result may have any shape.
  /// - Throws: `ShapeError` of the first layer that cannot take what it is given.
  public init(input: Shape, model: some Layer) throws(ShapeError) {
    try self.init(model, on: input, endingIn: nil)
  }

  private init(_ model: some Layer, on input: Shape, endingIn loss: Loss?) throws(ShapeError) {
    guard input.isCountable else {
      throw ShapeError(path: "", reason: "a sample of \(input) has no elements, or too many")
    }
    let builder = GraphBuilder(input: input)
    builder.finish(model(Symbol(builder: builder, value: 0, shape: input)), loss: loss)
    if let error = builder.error { throw error }
    self = builder.graph
  }

  init(input: Shape) {
    values = [Value(shape: input)]
    operations = []
    parameters = []
    buffers = []
  }
}
