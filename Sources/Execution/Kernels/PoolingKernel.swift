import COneDNN
import Mistakes
import NeuralNetworks

/// Maximum or average pooling by oneDNN.
final class PoolingKernel: Kernel {
  private let input: MemoryDescriptor
  private let output: MemoryDescriptor
  private let forward: Primitive
  private let backward: Primitive?

  init(
    _ window: Operation.Window, takesMaximum: Bool, input: TensorLayout, output: TensorLayout, training: Bool,
    engine: Engine
  ) throws(OneDNNError) {
    self.input = try input.images()
    self.output = try output.images()
    let shape = Primitive.Pooling(
      source: self.input, result: self.output, takesMaximum: takesMaximum, kernel: window.kernel,
      stride: window.stride, padding: window.padding)
    forward = try Primitive.poolingForward(shape, training: training, engine: engine)
    backward = training ? try Primitive.poolingBackward(shape, forward: forward, engine: engine) : nil
  }

  private var workspace: MemoryDescriptor? {
    forward.tensor(dnnl_query_workspace_md).flatMap { $0.byteCount > 0 ? $0 : nil }
  }

  var workspaceByteCount: Int { workspace?.byteCount ?? 0 }

  var scratchpadByteCount: Int { max(forward.scratchpadByteCount, backward?.scratchpadByteCount ?? 0) }

  func bind(_ memory: KernelMemory) throws(OneDNNError) -> any BoundKernel {
    let places = workspace.map { [(DNNL_ARG_WORKSPACE, $0, memory.workspace)] } ?? []
    let bound = Bound(
      forward: try BoundPrimitive(
        forward,
        [
          (DNNL_ARG_SRC, input, memory.inputs[0]),
          (DNNL_ARG_DST, output, memory.output),
        ] + places, scratchpad: memory.scratchpad))
    if let backward, let dy = memory.outputGradient, let dx = memory.inputGradients[0] {
      bound.backward = try BoundPrimitive(
        backward,
        [
          (DNNL_ARG_DIFF_DST, output, dy),
          (DNNL_ARG_DIFF_SRC, input, dx),
        ] + places, scratchpad: memory.scratchpad)
    }
    return bound
  }

  private final class Bound: BoundKernel {
    let forward: BoundPrimitive
    var backward: BoundPrimitive?

    init(forward: BoundPrimitive) {
      self.forward = forward
    }

    func run(_ phase: Phase) {
      switch phase {
      case .forward: forward.execute()
      case .backwardData: backward?.execute()
      default: unreachable("a pooling has no phase \(phase)")
      }
    }
  }
}
