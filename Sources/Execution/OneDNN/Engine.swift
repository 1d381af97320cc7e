import COneDNN

/// oneDNN's processor, its queue, and what they can do.
///
/// One for a replica.
final class Engine {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t

  /// The channels that lie side by side in the blocked layout: the floats of the widest vector register.
  let channelBlock: Int

  /// Up to how many channels of an image a convolution reads in the plain layout.
  ///
  /// Without AVX-512 oneDNN has only its slow reference kernel for the gradient of such a convolution's weights.
  var mostPlainChannels: Int { channelBlock == 16 ? 4 : 0 }

  init() throws(OneDNNError) {
    Self.useOneThread()
    var engine: dnnl_engine_t?
    try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "dnnl_engine_create")
    var stream: dnnl_stream_t?
    try check(
      dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "dnnl_stream_create")
    guard let engine, let stream else { throw OneDNNError(function: "dnnl_engine_create", status: 0) }
    self.engine = engine
    self.stream = stream
    channelBlock = KernelLibrary.vectorWidth
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  /// Keeps oneDNN's OpenMP pool to the calling thread; to be called on every thread that executes primitives.
  static func useOneThread() {
    omp_set_num_threads(1)
  }
}

/// The kernel library and the instruction set in use, which the bits of a result depend on.
public enum KernelLibrary {
  /// oneDNN's version, such as `2.6.3`.
  public static var version: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// The floats of the widest vector register that oneDNN uses here.
  static var vectorWidth: Int {
    let core = dnnl_cpu_isa_avx512_core.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & core == core ? 16 : 8
  }

  /// Whether our own kernels were compiled for vectors as wide as oneDNN's; without them they are many times slower.
  public static var isCompiledForProcessor: Bool {
    Int(lockstep_compiled_vector_width()) >= vectorWidth
  }

  /// Whether the processor computes with a type; it must have an instruction for its products.
  public static func supports(_ element: ElementType) -> Bool {
    let needed = dnnl_cpu_isa_avx512_core_bf16.rawValue
    return element == .float32 || dnnl_get_effective_cpu_isa().rawValue & needed == needed
  }

  /// The widest instruction set that oneDNN uses here, such as `avx512_core_bf16`.
  public static var instructionSet: String {
    switch dnnl_get_effective_cpu_isa() {
    case dnnl_cpu_isa_sse41: "sse41"
    case dnnl_cpu_isa_avx: "avx"
    case dnnl_cpu_isa_avx2: "avx2"
    case dnnl_cpu_isa_avx2_vnni: "avx2_vnni"
    case dnnl_cpu_isa_avx512_core: "avx512_core"
    case dnnl_cpu_isa_avx512_core_vnni: "avx512_core_vnni"
    case dnnl_cpu_isa_avx512_core_bf16: "avx512_core_bf16"
    case dnnl_cpu_isa_avx512_core_amx: "avx512_core_amx"
    case let other: "isa 0x" + String(other.rawValue, radix: 16)
    }
  }
}
