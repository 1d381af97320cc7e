import NeuralNetworks

/// The passes of a Winograd convolution over one microshard, block of images by block of images.
struct WinogradParts {
  typealias Vector = SIMD16<Float>

  let input: TensorLayout
  let output: TensorLayout
  let padding: Int
  /// The side of a tile of results, by the size of the map.
  let resultSize: Int

  init(input: TensorLayout, output: TensorLayout, padding: Int) {
    self.input = input
    self.output = output
    self.padding = padding
    func products(_ side: Int) -> Int {
      let tiles = ((output.shape.height + side - 1) / side) * ((output.shape.width + side - 1) / side)
      return tiles * (side + 2) * (side + 2)
    }
    resultSize = products(3) < products(4) ? 3 : 4
  }

  private var elements: Int { (resultSize + 2) * (resultSize + 2) }

  /// The filters as a pass reads them.
  func filters(turned: Bool) -> WinogradFilters {
    WinogradFilters(
      outputBlocks: output.blocks, inputBlocks: input.blocks, resultSize: resultSize, isTurned: turned)
  }

  /// About how many tiles are worked on at once: transformed, they should stay in the second-level cache.
  private static let tilesAtOnce = 48

  /// The same for the gradient of the filters, whose sums run over the tiles.
  private static let tilesAtOnceOfGradient = 320

  /// Images in parts of nearly equal size of about `tiles` tiles.
  private func imagesAtOnce(_ tiling: WinogradTiling, tiles: Int) -> Int {
    let most = max(1, tiles / tiling.tilesPerImage)
    let parts = (input.samples + most - 1) / most
    return (input.samples + parts - 1) / parts
  }

  private func tiling(_ layout: TensorLayout, of results: TensorLayout) -> WinogradTiling {
    WinogradTiling(
      layout, height: results.shape.height, width: results.shape.width, resultSize: resultSize)
  }

  func scratchpadByteCount(training: Bool) -> Int {
    func vectors(_ results: TensorLayout, tiles: Int) -> Int {
      let (first, second) = (tiling(input, of: results), tiling(output, of: results))
      let count = first.tileCount(imagesAtOnce(first, tiles: tiles))
      return elements * (first.elementStride(tiles: count) + second.elementStride(tiles: count))
    }
    let convolution = max(
      vectors(output, tiles: Self.tilesAtOnce), vectors(input, tiles: Self.tilesAtOnce))
    guard training else { return 64 * convolution }
    let gradient = vectors(output, tiles: Self.tilesAtOnceOfGradient) + elements * Self.sumStride
    return 64 * max(convolution, gradient)
  }

  // MARK: - Forward, and the gradient of the input

  /// y = x ∗ w + bias; the gradient of the input is a convolution with turned filters.
  func convolve<Transform: WinogradTransform>(
    _ x: UnsafeMutablePointer<Float>, _ source: TensorLayout, _ filters: UnsafePointer<Float>,
    bias: UnsafeMutablePointer<Float>?, into y: UnsafeMutablePointer<Float>, _ target: TensorLayout,
    padding: Int, scratchpad: UnsafeMutableRawPointer, _: Transform.Type
  ) {
    let (cut, join) = (tiling(source, of: target), tiling(target, of: target))
    let size = imagesAtOnce(cut, tiles: Self.tilesAtOnce)
    let u = UnsafeRawPointer(filters).assumingMemoryBound(to: Vector.self)
    let filterStride = self.filters(turned: false).elementStride
    var first = 0
    while first < source.samples {
      let images = first..<min(first + size, source.samples)
      let tiles = cut.tileCount(images.count)
      let (stride, resultStride) = (cut.elementStride(tiles: tiles), join.elementStride(tiles: tiles))
      let v = scratchpad.assumingMemoryBound(to: Vector.self)
      let m = v + elements * stride
      cut.cut(
        x.vectors(Vector.self), images, tiles: tiles, into: v, size: Transform.size,
        step: Transform.resultSize, padding: padding, transformed: Transform.size, Transform.input)
      for element in 0..<elements {
        WinogradProducts.multiply(
          UnsafeRawPointer(v + element * stride).assumingMemoryBound(to: Float.self),
          u + element * filterStride, into: m + element * resultStride, tiles: tiles,
          inputBlocks: source.blocks, outputBlocks: target.blocks)
      }
      join.join(
        m, tiles: tiles, into: y.vectors(Vector.self), images,
        bias: bias.map { UnsafePointer($0.vectors(Vector.self)) }, Transform.self)
      first = images.upperBound
    }
  }

  // MARK: - The gradient of the parameters

  /// The vectors from one element of a block of sums to the next; one more than needed, for the cache's sake.
  private static let sumStride = 17

  /// dw, in blocks [⌈o/16⌉, ⌈i/16⌉, 3, 3, 16 i, 16 o].
  func filterGradient<Transform: WinogradTransform>(
    _ x: UnsafeMutablePointer<Float>, _ dy: UnsafeMutablePointer<Float>,
    into dw: UnsafeMutablePointer<Float>, scratchpad: UnsafeMutableRawPointer, _: Transform.Type
  ) {
    let (inputs, gradients) = (tiling(input, of: output), tiling(output, of: output))
    let size = imagesAtOnce(inputs, tiles: Self.tilesAtOnceOfGradient)
    let sums = scratchpad.assumingMemoryBound(to: Vector.self)
    let v = sums + elements * Self.sumStride
    var first = 0
    while first < input.samples {
      let images = first..<min(first + size, input.samples)
      let tiles = inputs.tileCount(images.count)
      let (stride, gradientStride) = (
        inputs.elementStride(tiles: tiles), gradients.elementStride(tiles: tiles)
      )
      let z = v + elements * stride
      inputs.cut(
        x.vectors(Vector.self), images, tiles: tiles, into: v, size: Transform.size,
        step: Transform.resultSize, padding: padding, transformed: Transform.size, Transform.input)
      gradients.cut(
        dy.vectors(Vector.self), images, tiles: tiles, into: z, size: Transform.resultSize,
        step: Transform.resultSize, padding: 0, transformed: Transform.size, Transform.resultGradient)
      for o in 0..<output.blocks {
        for i in 0..<input.blocks {
          for element in 0..<elements {
            WinogradProducts.accumulate(
              UnsafeRawPointer(v + element * stride + i * tiles).assumingMemoryBound(to: Float.self),
              z + element * gradientStride + o * tiles, into: sums + element * Self.sumStride,
              tiles: images.count * inputs.tilesPerImage)
          }
          let target = dw.vectors(Vector.self) + (o * input.blocks + i) * 9 * 16
          writeFilters(sums, into: target, adds: first > 0, Transform.self)
        }
      }
      first = images.upperBound
    }
  }

  /// dw = Gᵀ d G of one block of channels.
  @inline(__always)
  private func writeFilters<Transform: WinogradTransform>(
    _ sums: UnsafePointer<Vector>, into dw: UnsafeMutablePointer<Vector>, adds: Bool, _: Transform.Type
  ) {
    let size = Transform.size
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 3 * 6 + 9) { memory in
      guard let half = memory.baseAddress else { return }
      let taps = half + 3 * 6
      for channel in 0..<16 {
        for c in 0..<size {
          Transform.filterGradient(
            sums + channel + c * Self.sumStride, size * Self.sumStride, half + c, size)
        }
        for r in 0..<3 { Transform.filterGradient(half + r * size, 1, taps + r * 3, 1) }
        for tap in 0..<9 {
          let target = dw + tap * 16 + channel
          target.pointee = adds ? target.pointee + taps[tap] : taps[tap]
        }
      }
    }
  }

  /// db = Σ dy.
  func biasGradient(_ dy: UnsafeMutablePointer<Float>, into db: UnsafeMutablePointer<Float>) {
    let pixels = output.shape.pixels
    let (gradients, target) = (dy.vectors(Vector.self), db.vectors(Vector.self))
    for b in 0..<output.blocks {
      var (first, second, third, fourth) = (Vector(), Vector(), Vector(), Vector())
      for n in 0..<output.samples {
        let image = gradients + (n * output.blocks + b) * pixels
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
      target[b] = (first + second) + (third + fourth)
    }
  }
}
