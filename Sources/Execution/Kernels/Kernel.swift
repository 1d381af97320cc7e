import COneDNN

/// The parts of a step that a kernel takes, each over one microshard.
enum Phase: Hashable, CaseIterable {
  /// The moments of a batch normalization's input.
  case statistics
  /// The result from the inputs.
  case forward
  /// The sums that a batch normalization's backward pass needs.
  case backwardStatistics
  /// The gradient of the inputs.
  case backwardData
  /// The gradient of the parameters.
  case backwardWeights
}

/// An operation compiled for one microshard shape.
protocol Kernel: AnyObject {
  /// The bytes that a microshard keeps from the forward to the backward pass, beside its values.
  var workspaceByteCount: Int { get }
  /// The bytes of scratch memory that a thread needs.
  var scratchpadByteCount: Int { get }
  /// The layouts in which the kernel reads its weights, beside the one they are stored in.
  var weightLayouts: [MemoryDescriptor] { get }
  /// The layout in which the weights are best stored; nil for PyTorch's own.
  var preferredWeightLayout: MemoryDescriptor? { get }

  /// The algorithm, where there is a choice: a part of the bits.
  var algorithm: String? { get }

  /// Whether the kernel can add to the gradients of its inputs what it otherwise writes.
  var addsToInputGradients: Bool { get }
  /// Whether the kernel can add to the gradients of its parameters what it otherwise writes, with the bits that come of
  /// writing it elsewhere and adding it then.
  var addsToParameterGradients: Bool { get }

  /// Ties the kernel to the memory of one microshard.
  func bind(_ memory: KernelMemory) throws(OneDNNError) -> any BoundKernel
}

extension Kernel {
  var workspaceByteCount: Int { 0 }
  var scratchpadByteCount: Int { 0 }
  var weightLayouts: [MemoryDescriptor] { [] }
  var preferredWeightLayout: MemoryDescriptor? { nil }
  var algorithm: String? { nil }
  var addsToInputGradients: Bool { false }
  var addsToParameterGradients: Bool { false }
}

/// A kernel with the memory of one microshard: what a step runs.
protocol BoundKernel: AnyObject {
  /// Computes one phase; phases that the operation does not have are never asked for.
  func run(_ phase: Phase)
}

/// The memory of one microshard that a kernel works on.
///
/// Gradients are nil where nobody needs them. Values and their gradients have the elements that their layouts say.
struct KernelMemory {
  var inputs: [UnsafeMutableRawPointer]
  var inputGradients: [UnsafeMutableRawPointer?]
  /// Whether another node has written a gradient before, so that this one's part is added to it.
  var addsInputGradients: [Bool]
  var output: UnsafeMutableRawPointer
  var outputGradient: UnsafeMutableRawPointer?
  /// Weight and bias, or scale and shift, in their stored layouts.
  var parameters: [StoredParameter]
  /// Where this microshard's gradients of the parameters go, in the same layouts; empty where these are frozen.
  var parameterGradients: [UnsafeMutablePointer<Float>]
  /// Whether the gradients of the parameters are added to what is there.
  var addsParameterGradients: Bool
  /// The weights in another layout, kept up to date by the executor.
  var weights: (MemoryDescriptor) throws(OneDNNError) -> UnsafeMutableRawPointer
  var workspace: UnsafeMutableRawPointer
  var scratchpad: UnsafeMutableRawPointer
  /// The statistics of a batch normalization.
  var normalization: NormalizationMemory?
  /// The random numbers of the batch, which are others in each; nil where no operation draws any.
  var dropout: (() -> DropoutMemory)?
  /// What the loss reads and writes beside its input.
  var loss: LossMemory?
}

/// A parameter's memory and how it lies there.
struct StoredParameter {
  var layout: MemoryDescriptor
  var values: UnsafeMutablePointer<Float>
}
