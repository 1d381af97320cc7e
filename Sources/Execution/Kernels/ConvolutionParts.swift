import NeuralNetworks

/// Parts of a convolution that kernels of our own compute in the place of oneDNN's.
protocol ConvolutionParts {
  /// The algorithm, in a word or two for a record.
  var name: String { get }
  /// Whether the results are computed as well, not only the gradients of the parameters.
  var computesResults: Bool { get }
  /// Whether the gradients of the parameters can be added to what is there, as ``Kernel/addsToParameterGradients`` says.
  var addsToParameterGradients: Bool { get }
  /// The layout in which the weights are stored.
  func weightLayout() throws(OneDNNError) -> MemoryDescriptor
  /// The bytes of scratch memory that a thread needs.
  func scratchpadByteCount(training: Bool) -> Int

  func computeResults(_ memory: KernelMemory)
  func computeParameterGradients(_ memory: KernelMemory)
}

extension ConvolutionParts {
  /// db = Σ dy over images in blocks of as many channels as a vector holds.
  func computeBiasGradient<Vector: Lanes>(
    _ dy: UnsafeMutablePointer<Float>, _ layout: TensorLayout, adds: Bool,
    into db: UnsafeMutablePointer<Float>, _: Vector.Type = SIMD16<Float>.self
  ) {
    let pixels = layout.shape.pixels
    let (gradients, target) = (dy.vectors(Vector.self), db.vectors(Vector.self))
    for b in 0..<layout.blocks {
      var (first, second, third, fourth) = (Vector(), Vector(), Vector(), Vector())
      for n in 0..<layout.samples {
        let image = gradients + n * layout.vectorStride + b * pixels
        var p = 0
        while p + 4 <= pixels {
          first += image[p]
          second += image[p + 1]
          third += image[p + 2]
          fourth += image[p + 3]
          p += 4
        }
        while p < pixels {
          first += image[p]
          p += 1
        }
      }
      let sum = (first + second) + (third + fourth)
      target[b] = adds ? target[b] + sum : sum
    }
  }
}
