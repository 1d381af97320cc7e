import NeuralNetworks

/// How the images of one side of a convolution are cut into tiles, and the passes over them.
///
/// Legend: n image, b block of 16 channels, k tile, e element of a transformed tile, of t². Transformed images lie as
/// [e, b, k, 16] with one vector between the elements, so that they do not all fall into the same sets of the cache.
/// Tiles are numbered row by row, image after image.
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

  /// The tiles of one image.
  var tilesPerImage: Int { rows * columns }

  /// The tiles of some images, rounded up to what the products take at once.
  func tileCount(_ images: Int) -> Int { (images * tilesPerImage + 3) / 4 * 4 }

  /// The vectors from one element of all tiles to the next.
  func elementStride(tiles: Int) -> Int { layout.blocks * tiles + 1 }

  /// v = T x Tᵀ, tile by tile, where tiles of `size` pixels begin `step` pixels apart, `padding` before the edge.
  ///
  /// - Parameters:
  ///   - images: which images.
  ///   - tiles: the tiles that there is room for.
  ///   - size: the side of a tile in x; pixels beyond the edges count as zeros.
  ///   - transformed: the side of a tile in v.
  ///   - transform: T along one direction.
  @inline(__always)
  func cut(
    _ x: UnsafePointer<Vector>, _ images: Range<Int>, tiles: Int, into v: UnsafeMutablePointer<Vector>,
    size: Int, step: Int, padding: Int, transformed: Int,
    _ transform: (UnsafePointer<Vector>, Int, UnsafeMutablePointer<Vector>, Int) -> Void
  ) {
    let (height, width, blocks) = (layout.shape.height, layout.shape.width, layout.blocks)
    let stride = elementStride(tiles: tiles)
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 2 * 36) { memory in
      guard let window = memory.baseAddress else { return }
      let half = window + 36
      for n in images {
        for b in 0..<blocks {
          let image = x + (n * blocks + b) * height * width
          var target = v + b * tiles + (n - images.lowerBound) * tilesPerImage
          for row in 0..<rows {
            let top = row * step - padding
            for column in 0..<columns {
              let left = column * step - padding
              if top >= 0, left >= 0, top + size <= height, left + size <= width {
                let first = image + top * width + left
                for c in 0..<size { transform(first + c, width, half + c, size) }
              } else {
                for r in 0..<size {
                  for c in 0..<size {
                    let (y, x) = (top + r, left + c)
                    let isInside = y >= 0 && y < height && x >= 0 && x < width
                    window[r * size + c] = isInside ? image[y * width + x] : Vector()
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
      }
    }
  }

  /// y = Aᵀ m A + bias, tile by tile; what lies beyond the edges is left out.
  @inline(__always)
  func join<Transform: WinogradTransform>(
    _ m: UnsafePointer<Vector>, tiles: Int, into y: UnsafeMutablePointer<Vector>, _ images: Range<Int>,
    bias: UnsafePointer<Vector>?, _: Transform.Type
  ) {
    let (height, width, blocks) = (layout.shape.height, layout.shape.width, layout.blocks)
    let (size, side) = (Transform.size, Transform.resultSize)
    let stride = elementStride(tiles: tiles)
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 2 * 36) { memory in
      guard let half = memory.baseAddress else { return }
      let whole = half + 36
      for n in images {
        for b in 0..<blocks {
          let image = y + (n * blocks + b) * height * width
          var source = m + b * tiles + (n - images.lowerBound) * tilesPerImage
          let bias = bias.map { $0[b] } ?? Vector()
          for row in 0..<rows {
            let validRows = min(side, height - row * side)
            for column in 0..<columns {
              for c in 0..<size { Transform.result(source + c * stride, size * stride, half + c, size) }
              for r in 0..<side { Transform.result(half + r * size, 1, whole + r * side, 1) }
              let validColumns = min(side, width - column * side)
              for r in 0..<validRows {
                let target = image + (row * side + r) * width + column * side
                for c in 0..<validColumns { target[c] = whole[r * side + c] + bias }
              }
              source += 1
            }
          }
        }
      }
    }
  }
}
