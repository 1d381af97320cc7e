import COneDNN
import Mistakes
import NeuralNetworks

/// The gradients of a convolution's filters and bias where oneDNN has only its reference kernel, a hundred times slower:
/// without AVX-512, those of 3×3 filters on maps of one or two pixels a side.
///
/// Legend: i input channel, o output channel, B channels side by side. Weights are stored as
/// [o/B, i/B, height, width, B i, B o].
struct PlainFilterGradients: ConvolutionParts {
  private let window: Operation.Window
  private let input: TensorLayout
  private let output: TensorLayout

  /// Makes the kernel of a convolution; nil where it is not made for it.
  init?(_ window: Operation.Window, input: TensorLayout, output: TensorLayout) {
    guard input.element == .float32, input.isBlocked, output.isBlocked else { return nil }
    self.window = window
    self.input = input
    self.output = output
  }

  var computesResults: Bool { false }

  var name: String { "ours" }

  var addsToParameterGradients: Bool { false }

  func weightLayout() throws(OneDNNError) -> MemoryDescriptor {
    try MemoryDescriptor(
      [output.storedChannels, input.storedChannels, window.kernel, window.kernel],
      tag: input.channelBlock == 16 ? dnnl_OIhw16i16o : dnnl_OIhw8i8o)
  }

  func scratchpadByteCount(training: Bool) -> Int { 0 }

  func computeResults(_ memory: KernelMemory) { unreachable("the results are oneDNN's") }

  func computeParameterGradients(_ memory: KernelMemory) {
    if input.channelBlock == 16 {
      compute(memory, SIMD16<Float>.self)
    } else {
      compute(memory, SIMD8<Float>.self)
    }
  }

  /// dw = Σ x dy over images, rows and columns, in this order, and db = Σ dy.
  private func compute<Vector: Lanes>(_ memory: KernelMemory, _: Vector.Type) {
    guard let gradient = memory.outputGradient?.floats else { return }
    let (x, dy) = (memory.inputs[0].floats, gradient.vectors(Vector.self))
    let dw = memory.parameterGradients[0].vectors(Vector.self)
    let (size, block) = (window.kernel, Vector.scalarCount)
    // By row and column of the filter, the pixels of the result whose window has a pixel of the image there.
    let rows = (0..<size).map { range($0, image: input.shape.height, result: output.shape.height) }
    let columns = (0..<size).map { range($0, image: input.shape.width, result: output.shape.width) }
    var target = dw
    for o in 0..<output.blocks {
      for i in 0..<input.blocks {
        let image = x + i * input.shape.pixels * block
        let gradients = dy + o * output.shape.pixels
        for r in 0..<size {
          for c in 0..<size {
            for channel in stride(from: 0, to: block, by: ChannelSums<Vector>.count) {
              var sums = ChannelSums<Vector>()
              for n in 0..<output.samples {
                for row in rows[r] {
                  let source =
                    (row * window.stride - window.padding + r) * input.shape.width - window.padding + c
                  let pixels = image + n * input.rowStride + source * block + channel
                  let line = gradients + n * output.vectorStride + row * output.shape.width
                  for column in columns[c] {
                    sums.add(pixels + column * window.stride * block, line[column])
                  }
                }
              }
              sums.store(target + channel)
            }
            target += block
          }
        }
      }
    }
    if memory.parameterGradients.count > 1 {
      computeBiasGradient(gradient, output, adds: false, into: memory.parameterGradients[1], Vector.self)
    }
  }

  private func range(_ tap: Int, image: Int, result: Int) -> Range<Int> {
    let stride = window.stride
    let first = min(max(0, (window.padding - tap + stride - 1) / stride), result)
    let end = min(result, max(0, image + window.padding - tap + stride - 1) / stride)
    return first..<max(first, end)
  }
}
