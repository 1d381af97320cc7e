/// An operation that is linear in its input and has no parameters: its kernel takes tangents as it takes values.
///
/// Dropout is one, since its mask is that of the batch.
final class LinearTangent: TangentOperation {
  private let values: any BoundKernel
  private let tangents: any BoundKernel

  /// Ties the kernel of the operation to values and to tangents.
  init(_ kernel: any Kernel, _ memory: TangentMemory) throws(OneDNNError) {
    values = try kernel.bind(memory.values)
    tangents = try kernel.bind(memory.tangents)
  }

  func forward() {
    values.run(.forward)
    tangents.run(.forward)
  }

  func backward() {
    values.run(.backwardData)
    tangents.run(.backwardData)
  }
}
