import NeuralNetworks

/// A maximum pooling at the end of a batch normalization.
struct FusedPooling: Hashable {
  let window: Operation.Window
  /// The layout of the maxima, whose samples follow each other.
  let result: TensorLayout
}

/// A batch normalization, its activation and a maximum pooling in one, without the values between them.
///
/// A batch normalization and an activation are monotone in each channel, and so is their rounding: the maximum of a
/// window is the result of its largest pixel, or of its smallest where γ is negative. Only these, the extremes, have to
/// be normalized, and only at them is the gradient of the normalization's result not zero. Where rounding or γ = 0 makes
/// several pixels' results equal, the gradient goes to the extreme among them, not to the first.
enum PooledNormalization<Stored: StoredVector> {
  typealias Vector = Stored.Vector
  typealias Memory = VectorMemory<Stored>

  /// Of each window the pixel that will be its maximum.
  ///
  /// Only the samples of x may lie apart.
  static func extremes(
    _ x: Memory, _ layout: TensorLayout, _ pooling: FusedPooling, scale: UnsafeMutablePointer<Float>,
    into extremes: Memory
  ) {
    let (result, width) = (pooling.result.shape, layout.shape.width)
    for n in 0..<layout.samples {
      for b in 0..<layout.blocks {
        let image = x + n * layout.vectorStride + b * layout.shape.pixels
        let target = extremes + (n * layout.blocks + b) * result.pixels
        let sign = scale.vectors(Vector.self)[b].signs
        for row in 0..<result.height {
          let rows = pooling.range(row, of: layout.shape.height)
          for column in 0..<result.width {
            let columns = pooling.range(column, of: width)
            var most = Vector(repeating: -.infinity)
            for r in rows {
              for c in columns { most = most.maximum(image[r * width + c] * sign) }
            }
            target[row * result.width + column] = most * sign
          }
        }
      }
    }
  }

  /// dx = scale · dz + slope · (x − mean) + offset, or dx + that, where dz is zero but for the first extreme of a window.
  ///
  /// Only the samples of x, and those of dx in the same way, may lie apart.
  static func inputGradient(
    _ dz: Memory, extremes: Memory, x: Memory, _ layout: TensorLayout, _ pooling: FusedPooling,
    _ coefficients: NormalizationMemory.Coefficients, adds: Bool, into dx: Memory
  ) {
    let (result, width) = (pooling.result.shape, layout.shape.width)
    for n in 0..<layout.samples {
      for b in 0..<layout.blocks {
        let mean = coefficients.mean.vectors(Vector.self)[b]
        let scale = coefficients.scale.vectors(Vector.self)[b]
        let slope = coefficients.slope.vectors(Vector.self)[b]
        let offset = coefficients.offset.vectors(Vector.self)[b]
        let base = n * layout.vectorStride + b * layout.shape.pixels
        let (x, dx) = (x + base, dx + base)
        let first = (n * layout.blocks + b) * result.pixels
        let (dz, extremes) = (dz + first, extremes + first)
        // Row by row, so that the extremes find it in the first-level cache.
        var done = 0
        func spread(_ pixels: Range<Int>) {
          if adds {
            for p in pixels { dx[p] += (x[p] - mean) * slope + offset }
          } else {
            for p in pixels { dx[p] = (x[p] - mean) * slope + offset }
          }
        }
        for row in 0..<result.height {
          let rows = pooling.range(row, of: layout.shape.height)
          spread(done..<max(done, rows.upperBound * width))
          done = max(done, rows.upperBound * width)
          for column in 0..<result.width {
            let columns = pooling.range(column, of: width)
            let extreme = extremes[row * result.width + column]
            var rest = dz[row * result.width + column] * scale
            for r in rows {
              for c in columns {
                let part = rest.whereEqual(x[r * width + c], extreme)
                dx[r * width + c] += part
                rest -= part
              }
            }
          }
        }
        spread(done..<layout.shape.pixels)
      }
    }
  }
}

extension FusedPooling {
  /// The rows or columns of a window that are not padding.
  @inline(__always)
  fileprivate func range(_ index: Int, of size: Int) -> Range<Int> {
    let first = index * window.stride - window.padding
    return max(0, first)..<min(size, first + window.kernel)
  }
}
