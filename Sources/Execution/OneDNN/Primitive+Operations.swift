// All that depends on the version of oneDNN stands in this file: version 2 describes an operation first and makes
// a primitive descriptor of that; version 3 makes the primitive descriptor at once.
import COneDNN

extension Primitive {
  /// The tensors and the window of a convolution.
  struct Convolution {
    var source: MemoryDescriptor
    var weights: MemoryDescriptor
    var bias: MemoryDescriptor?
    var result: MemoryDescriptor
    var stride: Int
    var padding: Int

    fileprivate var strides: [Int64] { [Int64(stride), Int64(stride)] }
    fileprivate var paddings: [Int64] { [Int64(padding), Int64(padding)] }
  }

  /// y = x ∗ w + b.
  static func convolutionForward(_ shape: Convolution, engine: Engine) throws(OneDNNError) -> Primitive {
    var operation = dnnl_convolution_desc_t()
    var shape = shape
    // A descriptor of zeros stands for no bias.
    var bias = shape.bias?.raw ?? dnnl_memory_desc_t()
    try check(
      dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_convolution_direct, &shape.source.raw, &shape.weights.raw,
        &bias, &shape.result.raw, shape.strides, shape.paddings, shape.paddings),
      "dnnl_convolution_forward_desc_init")
    return try make(&operation, engine: engine)
  }

  /// dx from dy and w.
  static func convolutionBackwardData(
    _ shape: Convolution, forward: Primitive, engine: Engine
  ) throws(OneDNNError) -> Primitive {
    var operation = dnnl_convolution_desc_t()
    var shape = shape
    try check(
      dnnl_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &shape.source.raw, &shape.weights.raw, &shape.result.raw,
        shape.strides, shape.paddings, shape.paddings),
      "dnnl_convolution_backward_data_desc_init")
    return try make(&operation, engine: engine, hint: forward.hint)
  }

  /// dw and db from x and dy.
  static func convolutionBackwardWeights(
    _ shape: Convolution, forward: Primitive, engine: Engine
  ) throws(OneDNNError) -> Primitive {
    var operation = dnnl_convolution_desc_t()
    var shape = shape
    var bias = shape.bias?.raw ?? dnnl_memory_desc_t()
    try check(
      dnnl_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, &shape.source.raw, &shape.weights.raw,
        &bias, &shape.result.raw, shape.strides, shape.paddings, shape.paddings),
      "dnnl_convolution_backward_weights_desc_init")
    return try make(&operation, engine: engine, hint: forward.hint)
  }

  /// The product of two matrices.
  static func matrixProduct(
    _ left: MemoryDescriptor, _ right: MemoryDescriptor, result: MemoryDescriptor, engine: Engine
  ) throws(OneDNNError) -> Primitive {
    var operation = dnnl_matmul_desc_t()
    var (left, right, result) = (left, right, result)
    try check(
      dnnl_matmul_desc_init(&operation, &left.raw, &right.raw, nil, &result.raw), "dnnl_matmul_desc_init")
    return try make(&operation, engine: engine)
  }

  /// The tensors and the window of a pooling.
  struct Pooling {
    var source: MemoryDescriptor
    var result: MemoryDescriptor
    var takesMaximum: Bool
    var kernel: Int
    var stride: Int
    var padding: Int

    fileprivate var algorithm: dnnl_alg_kind_t {
      takesMaximum ? dnnl_pooling_max : dnnl_pooling_avg_include_padding
    }
    fileprivate func pair(_ size: Int) -> [Int64] { [Int64(size), Int64(size)] }
  }

  /// The maximum or mean of each window; the maximum keeps its place in a workspace.
  static func poolingForward(
    _ shape: Pooling, training: Bool, engine: Engine
  ) throws(OneDNNError) -> Primitive {
    var operation = dnnl_pooling_desc_t()
    var shape = shape
    try check(
      dnnl_pooling_forward_desc_init(
        &operation, training ? dnnl_forward_training : dnnl_forward_inference, shape.algorithm,
        &shape.source.raw, &shape.result.raw, shape.pair(shape.stride), shape.pair(shape.kernel),
        shape.pair(shape.padding), shape.pair(shape.padding)),
      "dnnl_pooling_forward_desc_init")
    return try make(&operation, engine: engine)
  }

  /// dx from dy and the workspace.
  static func poolingBackward(
    _ shape: Pooling, forward: Primitive, engine: Engine
  ) throws(OneDNNError) -> Primitive {
    var operation = dnnl_pooling_desc_t()
    var shape = shape
    try check(
      dnnl_pooling_backward_desc_init(
        &operation, shape.algorithm, &shape.source.raw, &shape.result.raw, shape.pair(shape.stride),
        shape.pair(shape.kernel), shape.pair(shape.padding), shape.pair(shape.padding)),
      "dnnl_pooling_backward_desc_init")
    return try make(&operation, engine: engine, hint: forward.hint)
  }

  /// A copy from one layout to another.
  static func reorder(
    _ source: MemoryDescriptor, to result: MemoryDescriptor, engine: Engine
  ) throws(OneDNNError) -> Primitive {
    let attributes = try userScratchpad()
    defer { dnnl_primitive_attr_destroy(attributes) }
    var descriptor: dnnl_primitive_desc_t?
    var (source, result) = (source.raw, result.raw)
    try check(
      dnnl_reorder_primitive_desc_create(
        &descriptor, &source, engine.engine, &result, engine.engine, attributes),
      "dnnl_reorder_primitive_desc_create")
    return try Primitive(unwrap(descriptor), engine: engine)
  }

  private static func make(
    _ operation: UnsafeRawPointer, engine: Engine, hint: dnnl_primitive_desc_t? = nil
  ) throws(OneDNNError) -> Primitive {
    let attributes = try userScratchpad()
    defer { dnnl_primitive_attr_destroy(attributes) }
    var descriptor: dnnl_primitive_desc_t?
    try check(
      dnnl_primitive_desc_create(&descriptor, operation, attributes, engine.engine, hint),
      "dnnl_primitive_desc_create")
    return try Primitive(unwrap(descriptor), engine: engine)
  }

  private static func unwrap(_ descriptor: dnnl_primitive_desc_t?) throws(OneDNNError)
    -> dnnl_primitive_desc_t
  {
    guard let descriptor else { throw OneDNNError(function: "dnnl_primitive_desc_create", status: 0) }
    return descriptor
  }

  /// Attributes that leave the scratch memory to us: it is placed once and shared by all primitives of a thread.
  private static func userScratchpad() throws(OneDNNError) -> dnnl_primitive_attr_t? {
    var attributes: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&attributes), "dnnl_primitive_attr_create")
    try check(
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
      "dnnl_primitive_attr_set_scratchpad_mode")
    return attributes
  }
}
