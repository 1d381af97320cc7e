import NeuralNetworks

/// How the images of one side of a convolution are cut into tiles, and the passes over them.
///
/// Legend: n image, b block of 16 channels, k tile, e element of a transformed tile, of t². Tiles are numbered row by
/// row, image after image. Some of them are worked on at once; transformed, they lie as [e, b, k, 16] with one vector
/// between the elements, so that these do not all fall into the same sets of the cache.
struct WinogradTiling {
  typealias Vector = SIMD16<Float>

  /// The images that are cut, or put together.
  let layout: TensorLayout
  /// The tiles of one image's results, in each direction.
  let rows: Int
  let columns: Int

  /// Cuts images for results of `height` × `width` pixels in tiles of `resultSize`.
  init(_ layout: TensorLayout, height: Int, width: Int, resultSize: Int) {
    self.layout = layout
    rows = (height + resultSize - 1) / resultSize
    columns = (width + resultSize - 1) / resultSize
  }

  /// The tiles of all images.
  var tileCount: Int { layout.samples * rows * columns }

  /// The vectors from one element of `tiles` tiles to the next.
  func elementStride(tiles: Int) -> Int { layout.blocks * tiles + 1 }

  /// The vectors of working memory that a pass needs: two tiles.
  static let workCount = 2 * 36

  /// Visits tiles in order: their image, their row and their column.
  @inline(__always)
  private func forEach(_ tiles: Range<Int>, _ body: (_ n: Int, _ row: Int, _ column: Int) -> Void) {
    var n = tiles.lowerBound / (rows * columns)
    var row = tiles.lowerBound / columns % rows
    var column = tiles.lowerBound % columns
    for _ in tiles {
      body(n, row, column)
      column += 1
      guard column == columns else { continue }
      column = 0
      row += 1
      guard row == rows else { continue }
      row = 0
      n += 1
    }
  }

  /// v = T x Tᵀ, tile by tile, where tiles of `size` pixels begin `step` pixels apart, `padding` before the edge.
  ///
  /// - Parameters:
  ///   - tiles: which tiles.
  ///   - room: how many tiles there is room for in `v`.
  ///   - work: working memory of ``workCount`` vectors.
  ///   - size: the side of a tile in x; pixels beyond the edges count as zeros.
  ///   - transformed: the side of a tile in v.
  ///   - transform: T along one direction.
  @inline(__always)
  func cut(
    _ x: UnsafePointer<Vector>, _ tiles: Range<Int>, room: Int, into v: UnsafeMutablePointer<Vector>,
    work: UnsafeMutablePointer<Vector>, size: Int, step: Int, padding: Int, transformed: Int,
    _ transform: (UnsafePointer<Vector>, Int, UnsafeMutablePointer<Vector>, Int) -> Void
  ) {
    let (height, width, blocks) = (layout.shape.height, layout.shape.width, layout.blocks)
    let stride = elementStride(tiles: room)
    let (window, half) = (work, work + 36)
    for b in 0..<blocks {
      var target = v + b * room
      forEach(tiles) { n, row, column in
        let image = x + n * layout.vectorStride + b * height * width
        let (top, left) = (row * step - padding, column * step - padding)
        if top >= 0, left >= 0, top + size <= height, left + size <= width {
          let first = image + top * width + left
          for c in 0..<size { transform(first + c, width, half + c, size) }
        } else {
          for r in 0..<size {
            let isInside = top + r >= 0 && top + r < height
            let line = image + (isInside ? (top + r) * width : 0)
            for c in 0..<size {
              let place = left + c
              window[r * size + c] = isInside && place >= 0 && place < width ? line[place] : Vector()
            }
          }
          for c in 0..<size { transform(window + c, size, half + c, size) }
        }
        for r in 0..<transformed {
          transform(half + r * size, 1, target + r * transformed * stride, stride)
        }
        target += 1
      }
    }
  }

  /// y = Aᵀ m A + bias, or y + Aᵀ m A, tile by tile, for some blocks of channels; what lies beyond the edges is
  /// left out.
  @inline(__always)
  func join<Transform: WinogradTransform>(
    _ m: UnsafePointer<Vector>, room: Int, stride: Int, into y: UnsafeMutablePointer<Vector>,
    _ tiles: Range<Int>, blocks: Range<Int>, bias: UnsafePointer<Vector>?,
    adds: Bool, work: UnsafeMutablePointer<Vector>, _: Transform.Type
  ) {
    let (height, width) = (layout.shape.height, layout.shape.width)
    let (size, side) = (Transform.size, Transform.resultSize)
    let (half, whole) = (work, work + 36)
    for b in blocks {
      var source = m + (b - blocks.lowerBound) * room
      let bias = bias.map { $0[b] } ?? Vector()
      forEach(tiles) { n, row, column in
        let image = y + n * layout.vectorStride + b * height * width
        for c in 0..<size { Transform.result(source + c * stride, size * stride, half + c, size) }
        for r in 0..<side { Transform.result(half + r * size, 1, whole + r * side, 1) }
        let validRows = min(side, height - row * side)
        let validColumns = min(side, width - column * side)
        for r in 0..<validRows {
          let target = image + (row * side + r) * width + column * side
          if adds {
            for c in 0..<validColumns { target[c] += whole[r * side + c] }
          } else {
            for c in 0..<validColumns { target[c] = whole[r * side + c] + bias }
          }
        }
        source += 1
      }
    }
  }
}
