import COneDNN
import Mistakes
import NeuralNetworks

/// The passes of a Winograd convolution over one microshard, some tiles at a time.
struct WinogradParts: ConvolutionParts {
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

  var name: String { "winograd \(resultSize)x\(resultSize)" }

  private var elements: Int { (resultSize + 2) * (resultSize + 2) }

  /// The results are computed by ``convolve`` alone, in a kernel that computes the gradient of the input as well.
  var computesResults: Bool { false }

  func computeResults(_ memory: KernelMemory) {
    unreachable("a Winograd convolution that was made for its gradients alone")
  }

  /// The tiles of one image's results.
  var tilesPerImage: Int { tiling(output, of: output).tileCount / output.samples }

  /// The layout in which the weights are stored.
  func weightLayout() throws(OneDNNError) -> MemoryDescriptor {
    try MemoryDescriptor([output.storedChannels, input.storedChannels, 3, 3], tag: dnnl_OIhw16i16o)
  }

  private func tiling(_ layout: TensorLayout, of results: TensorLayout) -> WinogradTiling {
    WinogradTiling(
      layout, height: results.shape.height, width: results.shape.width, resultSize: resultSize)
  }

  // MARK: - How much is worked on at once

  /// What the transformed tiles of a pass may occupy at once, so that they stay in the second-level cache.
  private static let cacheByteCount = 512 << 10

  /// Tiles in parts of nearly equal size of at most `byteCount` bytes, and of whole groups as the products like them.
  private func tilesAtOnce(_ count: Int, blocks: Int, byteCount: Int) -> Int {
    let group = 12
    let most = max(1, byteCount / (64 * elements * blocks * group)) * group
    let parts = (count + most - 1) / most
    let tiles = (count + parts - 1) / parts
    // Four tiles are the fewest that the products take.
    return parts == 1 ? (tiles + 3) / 4 * 4 : (tiles + group - 1) / group * group
  }

  // MARK: - Forward, and the gradient of the input

  /// y = x ∗ w + bias, or the gradient of the input, which is such a convolution with turned filters.
  private struct Pass {
    let cut: WinogradTiling
    let join: WinogradTiling
    let filters: WinogradFilters
    /// Whether all filters are transformed once, not anew for each part of the tiles.
    let keepsFilters: Bool
    let tilesAtOnce: Int
    /// The vectors from one element to the next of the products of two blocks of result channels.
    var productStride: Int { 2 * tilesAtOnce + 1 }
    var filterCount: Int { filters.partStride * (keepsFilters ? filters.partCount : 1) }
  }

  private func pass(turned: Bool) -> Pass {
    let (source, target) = turned ? (output, input) : (input, output)
    let cut = tiling(source, of: target)
    let filters = WinogradFilters(
      sums: source.blocks, results: target.blocks, isTurned: turned, resultSize: resultSize)
    let keepsFilters = 64 * filters.partCount * filters.partStride <= 2 * Self.cacheByteCount
    return Pass(
      cut: cut, join: tiling(target, of: target), filters: filters, keepsFilters: keepsFilters,
      tilesAtOnce: tilesAtOnce(
        cut.tileCount, blocks: source.blocks + 2,
        byteCount: keepsFilters ? Self.cacheByteCount : 2 * Self.cacheByteCount))
  }

  /// The vectors of working memory at the beginning of the scratch memory.
  private static let workCount = max(WinogradTiling.workCount, WinogradFilters.workCount)

  private func scratchpadByteCount(_ pass: Pass) -> Int {
    let tiles = elements * (pass.cut.elementStride(tiles: pass.tilesAtOnce) + pass.productStride)
    return 64 * (Self.workCount + tiles + pass.filterCount)
  }

  func scratchpadByteCount(training: Bool) -> Int {
    let forward = scratchpadByteCount(pass(turned: false))
    guard training else { return forward }
    let room = gradientTilesAtOnce
    let (inputs, gradients) = (tiling(input, of: output), tiling(output, of: output))
    let strides = inputs.elementStride(tiles: room) + gradients.elementStride(tiles: room) + Self.sumStride
    return max(forward, scratchpadByteCount(pass(turned: true)), 64 * (Self.workCount + elements * strides))
  }

  /// Computes the results `y` from `x`, or adds them to `y`; turned, the gradient of the input from that of the output.
  func convolve<Transform: WinogradTransform>(
    _ x: UnsafeMutablePointer<Float>, _ weights: UnsafeMutablePointer<Float>, turned: Bool,
    bias: UnsafeMutablePointer<Float>?, adds: Bool, into y: UnsafeMutablePointer<Float>,
    scratchpad: UnsafeMutableRawPointer, _: Transform.Type
  ) {
    let pass = pass(turned: turned)
    let (cut, filters, room) = (pass.cut, pass.filters, pass.tilesAtOnce)
    let weights = UnsafePointer(weights.vectors(Vector.self))
    let work = scratchpad.assumingMemoryBound(to: Vector.self)
    let u = work + Self.workCount
    let m = u + pass.filterCount
    let v = m + elements * pass.productStride
    if pass.keepsFilters {
      forEachPart(filters) { part, o, width, summed in
        filters.transform(
          weights, o, width: width, summed: summed, into: u + part * filters.partStride,
          work: work, Transform.self)
      }
    }
    let stride = cut.elementStride(tiles: room)
    var first = 0
    while first < cut.tileCount {
      let tiles = first..<min(first + room, cut.tileCount)
      cut.cut(
        x.vectors(Vector.self), tiles, room: room, into: v, work: work, size: Transform.size,
        step: Transform.resultSize, padding: turned ? 2 - padding : padding, transformed: Transform.size,
        Transform.input)
      forEachPart(filters) { part, o, width, summed in
        let u = pass.keepsFilters ? u + part * filters.partStride : u
        if !pass.keepsFilters {
          filters.transform(weights, o, width: width, summed: summed, into: u, work: work, Transform.self)
        }
        for element in 0..<elements {
          WinogradProducts.multiply(
            UnsafeRawPointer(v + element * stride + summed.lowerBound * room)
              .assumingMemoryBound(to: Float.self),
            u + element * filters.elementStride, into: m + element * pass.productStride,
            tiles: (tiles.count + 3) / 4 * 4, room: room, sums: summed.count, width: width,
            adds: summed.lowerBound > 0)
        }
        guard summed.upperBound == filters.sums else { return }
        pass.join.join(
          m, room: room, stride: pass.productStride, into: y.vectors(Vector.self), tiles,
          blocks: o..<o + width, bias: bias.map { UnsafePointer($0.vectors(Vector.self)) },
          adds: adds, work: work, Transform.self)
      }
      first = tiles.upperBound
    }
  }

  /// Visits the filters part by part: two result blocks at a time, and for these one part of the sums after the other.
  @inline(__always)
  private func forEachPart(
    _ filters: WinogradFilters, _ body: (_ part: Int, _ o: Int, _ width: Int, _ summed: Range<Int>) -> Void
  ) {
    var part = 0
    for o in stride(from: 0, to: filters.results, by: 2) {
      for i in stride(from: 0, to: filters.sums, by: filters.sumsAtOnce) {
        body(part, o, min(2, filters.results - o), i..<min(i + filters.sumsAtOnce, filters.sums))
        part += 1
      }
    }
  }

  // MARK: - The gradient of the parameters

  /// The vectors from one element of a block of sums to the next; one more than needed, for the cache's sake.
  private static let sumStride = 17

  /// The tiles that the gradient of the filters is summed over at once: the more the better, within the cache.
  private var gradientTilesAtOnce: Int {
    tilesAtOnce(
      tiling(input, of: output).tileCount, blocks: input.blocks + output.blocks,
      byteCount: 2 * Self.cacheByteCount)
  }

  /// Where all tiles are summed over at once: a sum of several parts has to be complete before it is added to another.
  var addsToParameterGradients: Bool { tiling(input, of: output).tileCount <= gradientTilesAtOnce }

  /// dw, in blocks [⌈o/16⌉, ⌈i/16⌉, 3, 3, 16 i, 16 o].
  private func filterGradient<Transform: WinogradTransform>(
    _ x: UnsafeMutablePointer<Float>, _ dy: UnsafeMutablePointer<Float>, adds: Bool,
    into dw: UnsafeMutablePointer<Float>, scratchpad: UnsafeMutableRawPointer, _: Transform.Type
  ) {
    let (inputs, gradients) = (tiling(input, of: output), tiling(output, of: output))
    let room = gradientTilesAtOnce
    let (stride, gradientStride) = (inputs.elementStride(tiles: room), gradients.elementStride(tiles: room))
    let work = scratchpad.assumingMemoryBound(to: Vector.self)
    let sums = work + Self.workCount
    let v = sums + elements * Self.sumStride
    let z = v + elements * stride
    var first = 0
    while first < inputs.tileCount {
      let tiles = first..<min(first + room, inputs.tileCount)
      inputs.cut(
        x.vectors(Vector.self), tiles, room: room, into: v, work: work, size: Transform.size,
        step: Transform.resultSize, padding: padding, transformed: Transform.size, Transform.input)
      gradients.cut(
        dy.vectors(Vector.self), tiles, room: room, into: z, work: work, size: Transform.resultSize,
        step: Transform.resultSize, padding: 0, transformed: Transform.size, Transform.resultGradient)
      for o in 0..<output.blocks {
        for i in 0..<input.blocks {
          for element in 0..<elements {
            WinogradProducts.accumulate(
              UnsafeRawPointer(v + element * stride + i * room).assumingMemoryBound(to: Float.self),
              z + element * gradientStride + o * room, into: sums + element * Self.sumStride,
              tiles: tiles.count)
          }
          let target = dw.vectors(Vector.self) + (o * input.blocks + i) * 9 * 16
          writeFilters(sums, into: target, adds: adds || first > 0, work: work, Transform.self)
        }
      }
      first = tiles.upperBound
    }
  }

  /// dw = Gᵀ d G of one block of channels.
  @inline(__always)
  private func writeFilters<Transform: WinogradTransform>(
    _ sums: UnsafePointer<Vector>, into dw: UnsafeMutablePointer<Vector>, adds: Bool,
    work: UnsafeMutablePointer<Vector>, _: Transform.Type
  ) {
    let size = Transform.size
    let (half, taps) = (work, work + 3 * 6)
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

  /// The gradients of filters and bias.
  func computeParameterGradients(_ memory: KernelMemory) {
    guard let dy = memory.outputGradient?.floats else { return }
    let (x, dw) = (memory.inputs[0].floats, memory.parameterGradients[0])
    let adds = memory.addsParameterGradients
    if resultSize == 4 {
      filterGradient(x, dy, adds: adds, into: dw, scratchpad: memory.scratchpad, WinogradFour.self)
    } else {
      filterGradient(x, dy, adds: adds, into: dw, scratchpad: memory.scratchpad, WinogradThree.self)
    }
    if memory.parameterGradients.count > 1 {
      computeBiasGradient(dy, output, adds: adds, into: memory.parameterGradients[1])
    }
  }
}
