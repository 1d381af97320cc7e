import COneDNN
import Mistakes

/// A compiled oneDNN operation for one shape; any number of threads may execute it at once.
final class Primitive {
  let handle: dnnl_primitive_t
  let engine: Engine
  /// The bytes of scratch memory that an execution needs.
  let scratchpadByteCount: Int
  private let descriptor: dnnl_primitive_desc_t

  /// Compiles the operation that `descriptor` describes and owns the descriptor from then on.
  init(_ descriptor: dnnl_primitive_desc_t, engine: Engine) throws(OneDNNError) {
    var handle: dnnl_primitive_t?
    let status = dnnl_primitive_create(&handle, descriptor)
    guard status == dnnl_success, let handle else {
      dnnl_primitive_desc_destroy(descriptor)
      throw OneDNNError(function: "dnnl_primitive_create", status: status.rawValue)
    }
    self.handle = handle
    self.engine = engine
    self.descriptor = descriptor
    scratchpadByteCount = Self.tensor(dnnl_query_scratchpad_md, of: descriptor)?.byteCount ?? 0
  }

  deinit {
    dnnl_primitive_destroy(handle)
    dnnl_primitive_desc_destroy(descriptor)
  }

  /// The layout of one of the operation's tensors; nil where it has none.
  func tensor(_ query: dnnl_query_t) -> MemoryDescriptor? {
    Self.tensor(query, of: descriptor)
  }

  private static func tensor(_ query: dnnl_query_t, of descriptor: dnnl_primitive_desc_t) -> MemoryDescriptor?
  {
    dnnl_primitive_desc_query_md(descriptor, query, 0).map { MemoryDescriptor($0.pointee) }
  }

  /// The descriptor, for the backward operations that need their forward operation as a hint.
  var hint: dnnl_primitive_desc_t { descriptor }

  /// The name of the implementation that oneDNN chose, such as `jit:avx512_core`.
  private var implementation: String {
    var name: UnsafePointer<CChar>?
    dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, &name)
    return name.map { String(cString: $0) } ?? "unknown"
  }

  /// Whether oneDNN has only the plain loops for it that its tests compare with.
  var isReference: Bool { implementation.hasPrefix("ref") }
}

/// A primitive with the memory it works on: what a step executes.
///
/// It allocates nothing of ours.
final class BoundPrimitive {
  private let primitive: Primitive
  private var arguments: [dnnl_exec_arg_t] = []

  /// Binds a primitive to its tensors.
  ///
  /// - Parameters:
  ///   - tensors: oneDNN's argument numbers with the layout and the first byte of each tensor.
  ///   - scratchpad: memory of at least the primitive's scratchpad size that no other thread uses meanwhile.
  init(
    _ primitive: Primitive, _ tensors: [(Int32, MemoryDescriptor, UnsafeMutableRawPointer)],
    scratchpad: UnsafeMutableRawPointer
  ) throws(OneDNNError) {
    self.primitive = primitive
    for (number, tensor, memory) in tensors {
      try bind(number, tensor, memory)
    }
    if let tensor = primitive.tensor(dnnl_query_scratchpad_md), tensor.byteCount > 0 {
      try bind(DNNL_ARG_SCRATCHPAD, tensor, scratchpad)
    }
  }

  private func bind(
    _ number: Int32, _ tensor: MemoryDescriptor, _ memory: UnsafeMutableRawPointer
  ) throws(OneDNNError) {
    var handle: dnnl_memory_t?
    var raw = tensor.raw
    try check(dnnl_memory_create(&handle, &raw, primitive.engine.engine, memory), "dnnl_memory_create")
    arguments.append(dnnl_exec_arg_t(arg: number, memory: handle))
  }

  deinit {
    for argument in arguments { dnnl_memory_destroy(argument.memory) }
  }

  /// Executes the primitive on its memory.
  func execute() {
    let status = dnnl_primitive_execute(
      primitive.handle, primitive.engine.stream, Int32(arguments.count), arguments)
    // Everything that can be wrong with the arguments has been checked when they were bound.
    require(status == dnnl_success, "oneDNN failed to execute, status \(status.rawValue)")
  }
}
