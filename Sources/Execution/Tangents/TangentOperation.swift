/// An operation of a network and its derivative in a direction of the parameters, tied to the memory of one microshard.
///
/// With parameters θ and a direction v, a dot is the derivative by t of what a pass computes at θ + t v, at t = 0. The
/// forward pass takes x and ẋ to y and ẏ; the backward pass takes the gradient g of the loss and ġ from the output to
/// the inputs. ġ of the parameters is the product of the loss's Hessian and v, exact but for rounding.
///
/// Where a derivative has no second one, as ReLU and maxima where they change sides, what they were at θ counts, and
/// its derivative is zero: as it is almost everywhere, and as other programs differentiate.
///
/// Pearlmutter: "Fast Exact Multiplication by the Hessian", Neural Computation 6, 1994, doi:10.1162/neco.1994.6.1.147.
protocol TangentOperation: AnyObject {
  /// Computes y and ẏ.
  func forward()
  /// Computes g and ġ of the inputs that need them, and ġ of the parameters.
  func backward()
}

/// What a pass has of a value, in the layout of the value.
struct DualMemory {
  /// The value, x.
  var value: UnsafeMutableRawPointer
  /// Its derivative, ẋ.
  var tangent: UnsafeMutableRawPointer
  /// The gradient of the loss by it, g; nil where it is not needed.
  var gradient: UnsafeMutableRawPointer?
  /// The derivative of that, ġ; nil where it is not needed.
  var gradientTangent: UnsafeMutableRawPointer?
}

/// The parameters of an operation, or the part of a direction that belongs to them.
struct DualParameters {
  /// Weight and bias, or scale and shift, in their stored layouts.
  var stored: [StoredParameter]
  /// The weights in another layout.
  var weights: (MemoryDescriptor) throws(OneDNNError) -> UnsafeMutableRawPointer
}

/// The memory of one microshard that an operation and its derivative work on.
struct TangentMemory {
  /// The inputs; their gradients are where this operation writes its part of them.
  var inputs: [DualMemory]
  var output: DualMemory
  /// Its part of θ.
  var parameters: DualParameters
  /// Its part of v.
  var direction: DualParameters
  /// Where ġ of the parameters goes, in their stored layouts.
  var products: [UnsafeMutablePointer<Float>]
  var workspace: UnsafeMutableRawPointer
  /// What no operation keeps.
  var scratch: TangentScratch
  /// The random numbers of the batch.
  var dropout: () -> DropoutMemory
  var loss: LossMemory

  /// The memory of a kernel, without a part of that the kernel has nothing to do.
  func kernelMemory(
    inputs: [UnsafeMutableRawPointer], inputGradients: [UnsafeMutableRawPointer?],
    output: UnsafeMutableRawPointer, outputGradient: UnsafeMutableRawPointer?,
    parameters: DualParameters? = nil, parameterGradients: [UnsafeMutablePointer<Float>] = []
  ) -> KernelMemory {
    let parameters = parameters ?? self.parameters
    return KernelMemory(
      inputs: inputs, inputGradients: inputGradients, addsInputGradients: inputs.map { _ in false },
      output: output, outputGradient: outputGradient, parameters: parameters.stored,
      parameterGradients: parameterGradients, addsParameterGradients: false, weights: parameters.weights,
      workspace: workspace, scratchpad: scratch.kernels, normalization: nil, dropout: dropout, loss: loss)
  }

  /// The memory of a kernel that computes y and g.
  var values: KernelMemory {
    kernelMemory(
      inputs: inputs.map(\.value), inputGradients: inputs.map(\.gradient), output: output.value,
      outputGradient: output.gradient)
  }

  /// The memory of a kernel that computes ẏ of ẋ and ġ of ġ, as it would y and g.
  var tangents: KernelMemory {
    kernelMemory(
      inputs: inputs.map(\.tangent), inputGradients: inputs.map(\.gradientTangent), output: output.tangent,
      outputGradient: output.gradientTangent)
  }
}

/// The memory of a thread for what lives during one phase of an operation only.
struct TangentScratch {
  /// The scratch memory of kernels.
  var kernels: UnsafeMutableRawPointer
  /// Room for any value.
  var value: UnsafeMutableRawPointer
  /// Room for the gradients of the parameters of any operation.
  var parameters: UnsafeMutablePointer<Float>
  /// Zeros, as many as the longest bias has; never written.
  var zeros: UnsafeMutablePointer<Float>
}

/// Adds elements: sum ← sum + part.
func add(_ part: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, count: Int) {
  for index in 0..<count { sum[index] += part[index] }
}
