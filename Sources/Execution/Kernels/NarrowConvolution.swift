import COneDNN
import NeuralNetworks

/// A convolution of images with at most eight channels, of which a block of 16 would be zeros for the greater part.
///
/// Legend: i input channel, o output channel, n image, p pixel. Weights are stored as
/// [⌈o/16⌉, 1, height, width, 16 i, 16 o].
struct NarrowConvolution: ConvolutionParts {
  private typealias Vector = SIMD16<Float>

  private let window: Operation.Window
  private let input: TensorLayout
  private let output: TensorLayout

  /// Makes the kernel of a convolution; nil where it is not made for it.
  init?(_ window: Operation.Window, input: TensorLayout, output: TensorLayout) {
    guard input.element == .float32, input.isBlocked, input.channelBlock == 16,
      input.shape.channels <= Self.mostChannels,
      window.stride == 1, window.padding == 0, output.shape.width >= FourPixels.count
    else { return nil }
    self.window = window
    self.input = input
    self.output = output
  }

  private static let mostChannels = 8

  var computesResults: Bool { true }

  var name: String { "direct, narrow" }

  var addsToParameterGradients: Bool { false }

  func weightLayout() throws(OneDNNError) -> MemoryDescriptor {
    try MemoryDescriptor([output.storedChannels, 16, window.kernel, window.kernel], tag: dnnl_OIhw16i16o)
  }

  func scratchpadByteCount(training: Bool) -> Int { 0 }

  // MARK: - Forward

  /// y = x ∗ w + b, some pixels of a row at a time.
  func computeResults(_ memory: KernelMemory) {
    let (x, w) = (memory.inputs[0].floats, memory.parameters[0].values.vectors(Vector.self))
    let y = memory.output.floats.vectors(Vector.self)
    let bias = memory.parameters.count > 1 ? memory.parameters[1].values.vectors(Vector.self) : nil
    let (height, width, blocks) = (output.shape.height, output.shape.width, output.blocks)
    for n in 0..<output.samples {
      let image = x + n * input.rowStride
      for o in 0..<blocks {
        let filters = w + o * window.kernel * window.kernel * 16
        let start = bias.map { $0[o] } ?? Vector()
        for row in 0..<height {
          let source = image + row * input.shape.width * 16
          let target = y + ((n * blocks + o) * height + row) * width
          var p = 0
          while p < width {
            switch width - p {
            case 12...: p += sum(source, filters, start, p, into: target, TwelvePixels.self)
            case 8...: p += sum(source, filters, start, p, into: target, EightPixels.self)
            case 4...: p += sum(source, filters, start, p, into: target, FourPixels.self)
            // The last pixels are computed together with some that have been already.
            default: p = width - FourPixels.count
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func sum<Sums: PixelSums>(
    _ x: UnsafeMutablePointer<Float>, _ filters: UnsafeMutablePointer<Vector>, _ start: Vector, _ p: Int,
    into y: UnsafeMutablePointer<Vector>, _: Sums.Type
  ) -> Int {
    var sums = Sums(repeating: start)
    for r in 0..<window.kernel {
      for c in 0..<window.kernel {
        let source = x + (r * input.shape.width + p + c) * 16
        let taps = filters + (r * window.kernel + c) * 16
        for i in 0..<input.shape.channels { sums.add(source + i, taps[i]) }
      }
    }
    sums.store(y + p)
    return Sums.count
  }

  // MARK: - Backward

  /// dw = Σ x dy and db = Σ dy, image by image while it is in the first-level cache.
  func computeParameterGradients(_ memory: KernelMemory) {
    guard let gradient = memory.outputGradient?.floats else { return }
    let (x, dy) = (memory.inputs[0].floats, gradient.vectors(Vector.self))
    let dw = memory.parameterGradients[0].vectors(Vector.self)
    let (height, width, blocks) = (output.shape.height, output.shape.width, output.blocks)
    let taps = window.kernel * window.kernel
    dw.update(repeating: Vector(), count: blocks * taps * 16)
    for n in 0..<output.samples {
      let image = x + n * input.rowStride
      for o in 0..<blocks {
        let gradients = dy + (n * blocks + o) * height * width
        for tap in 0..<taps {
          let first = image + (tap / window.kernel * input.shape.width + tap % window.kernel) * 16
          let target = dw + (o * taps + tap) * 16
          var (low, high) = (ChannelSums(target), ChannelSums(target + 4))
          for row in 0..<height {
            let (source, line) = (first + row * input.shape.width * 16, gradients + row * width)
            for p in 0..<width {
              low.add(source + p * 16, line[p])
              high.add(source + p * 16 + 4, line[p])
            }
          }
          low.store(target)
          high.store(target + 4)
        }
      }
    }
    if memory.parameterGradients.count > 1 {
      computeBiasGradient(gradient, output, adds: false, into: memory.parameterGradients[1])
    }
  }
}
