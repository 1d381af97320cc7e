import NeuralNetworks

/// The loops of batch normalization over one microshard.
///
/// Legend: n sample, b channel block, p pixel. A vector holds the channels of one block at one pixel. Sums run
/// over groups of about 256 pixels in `Float`, which fit the first-level cache, and over the groups in `Double`.
/// The moments follow Chan, Golub, LeVeque: "Algorithms for Computing the Sample Variance", The American
/// Statistician 37 (1983), equation 1.7.
enum BatchNormMath<Stored: StoredVector> {
  typealias Vector = Stored.Vector
  typealias Memory = VectorMemory<Stored>

  /// How many samples make a group.
  @inline(__always)
  private static func groupSize(_ layout: TensorLayout) -> Int {
    max(1, 256 / layout.shape.pixels)
  }

  /// The count, means and sums of squared deviations of x, by channel.
  static func moments(
    _ x: Memory, _ layout: TensorLayout, into moments: UnsafeMutablePointer<Double>
  ) {
    let (pixels, blocks, channels) = (layout.shape.pixels, layout.blocks, layout.shape.channels)
    let stride = layout.vectorStride
    let group = groupSize(layout)
    let (means, squares) = (moments + 1, moments + 1 + channels)
    moments[0] = Double(layout.samples * pixels)
    for b in 0..<blocks {
      let lanes = min(layout.channelBlock, channels - b * layout.channelBlock)
      var count = 0.0
      var first = 0
      while first < layout.samples {
        let samples = first..<min(first + group, layout.samples)
        let size = samples.count * pixels
        var sum = Vector()
        for n in samples { sum += self.sum(x + n * stride + b * pixels, pixels) }
        let mean = sum / Vector(repeating: Float(size))
        var (deviation, square) = (Vector(), Vector())
        for n in samples {
          let (first, second) = deviations(x + n * stride + b * pixels, pixels, mean)
          deviation += first
          square += second
        }
        let total = count + Double(size)
        for lane in 0..<lanes {
          let channel = b * layout.channelBlock + lane
          // The corrected two-pass algorithm: what the rounding of the group's mean has left is taken out again.
          let error = Double(deviation[lane]) / Double(size)
          let groupMean = Double(mean[lane]) + error
          let groupSquares = Double(square[lane]) - Double(deviation[lane]) * error
          if count == 0 {
            means[channel] = groupMean
            squares[channel] = groupSquares
          } else {
            let difference = groupMean - means[channel]
            means[channel] += difference * (Double(size) / total)
            squares[channel] += groupSquares + difference * difference * (count * Double(size) / total)
          }
        }
        count = total
        first += group
      }
    }
  }

  @inline(__always)
  private static func sum(_ x: Memory, _ count: Int) -> Vector {
    var (s0, s1, s2, s3) = (Vector(), Vector(), Vector(), Vector())
    var p = 0
    while p + 4 <= count {
      s0 += x[p]
      s1 += x[p + 1]
      s2 += x[p + 2]
      s3 += x[p + 3]
      p += 4
    }
    while p < count {
      s0 += x[p]
      p += 1
    }
    return (s0 + s1) + (s2 + s3)
  }

  /// Σ (x − mean) and Σ (x − mean)².
  @inline(__always)
  private static func deviations(
    _ x: Memory, _ count: Int, _ mean: Vector
  ) -> (Vector, Vector) {
    var (first0, first1, second0, second1) = (Vector(), Vector(), Vector(), Vector())
    var p = 0
    while p + 2 <= count {
      let (d0, d1) = (x[p] - mean, x[p + 1] - mean)
      first0 += d0
      first1 += d1
      second0 += d0 * d0
      second1 += d1 * d1
      p += 2
    }
    if p < count {
      let d0 = x[p] - mean
      first0 += d0
      second0 += d0 * d0
    }
    return (first0 + first1, second0 + second1)
  }

  /// y = f(scale · (x − mean) + shift), or y = f(scale · (x − mean) + shift + shortcut).
  ///
  /// Only the samples of x may lie apart.
  static func normalize(
    _ x: Memory, _ layout: TensorLayout,
    _ coefficients: NormalizationMemory.Coefficients, shortcut: Memory?,
    activation: ActivationFunction, into y: Memory
  ) {
    let (pixels, blocks) = (layout.shape.pixels, layout.blocks)
    let (means, scales) = (coefficients.mean.vectors(Vector.self), coefficients.scale.vectors(Vector.self))
    let shifts = coefficients.shift.vectors(Vector.self)
    for n in 0..<layout.samples {
      for b in 0..<blocks {
        let (mean, scale, shift) = (means[b], scales[b], shifts[b])
        let mask = Vector.mask(first: layout.shape.channels - b * layout.channelBlock)
        let base = (n * blocks + b) * pixels
        let (x, y) = (x + n * layout.vectorStride + b * pixels, y + base)
        let range = 0..<pixels
        // A loop for each: what is called in a loop by way of a closure is not inlined.
        switch (activation, shortcut.map { $0 + base }) {
        case (.identity, nil): for p in range { y[p] = (x[p] - mean) * scale + shift }
        case (.relu, nil): for p in range { y[p] = ((x[p] - mean) * scale + shift).positivePart }
        case (.sigmoid, nil):
          for p in range { y[p] = Vector.sigmoid((x[p] - mean) * scale + shift) * mask }
        case (.identity, let s?): for p in range { y[p] = (x[p] - mean) * scale + shift + s[p] }
        case (.relu, let s?): for p in range { y[p] = ((x[p] - mean) * scale + shift + s[p]).positivePart }
        case (.sigmoid, let s?):
          for p in range { y[p] = Vector.sigmoid((x[p] - mean) * scale + shift + s[p]) * mask }
        }
      }
    }
  }

  /// dz = f′·dy in the place of dy; Σ dz and Σ dz·x̂, by channel.
  ///
  /// Only the samples of x may lie apart.
  static func backwardSums(
    _ dy: Memory, x: Memory, y: Memory,
    _ layout: TensorLayout, _ coefficients: NormalizationMemory.Coefficients, activation: ActivationFunction,
    into sums: UnsafeMutablePointer<Double>
  ) {
    let (pixels, blocks, channels) = (layout.shape.pixels, layout.blocks, layout.shape.channels)
    let group = groupSize(layout)
    for index in 0..<2 * channels { sums[index] = 0 }
    for b in 0..<blocks {
      let mean = coefficients.mean.vectors(Vector.self)[b]
      let lanes = min(layout.channelBlock, channels - b * layout.channelBlock)
      var first = 0
      while first < layout.samples {
        var (sum, product) = (Vector(), Vector())
        for n in first..<min(first + group, layout.samples) {
          let base = (n * blocks + b) * pixels
          let (x, y, dy) = (x + n * layout.vectorStride + b * pixels, y + base, dy + base)
          switch activation {
          case .identity:
            for p in 0..<pixels {
              sum += dy[p]
              product += dy[p] * (x[p] - mean)
            }
          case .relu:
            for p in 0..<pixels {
              let dz = ActivationFunction.relu.gradient(dy[p], y: y[p])
              dy[p] = dz
              sum += dz
              product += dz * (x[p] - mean)
            }
          case .sigmoid:
            for p in 0..<pixels {
              let dz = ActivationFunction.sigmoid.gradient(dy[p], y: y[p])
              dy[p] = dz
              sum += dz
              product += dz * (x[p] - mean)
            }
          }
        }
        for lane in 0..<lanes {
          let channel = b * layout.channelBlock + lane
          sums[channel] += Double(sum[lane])
          sums[channels + channel] += Double(product[lane])
        }
        first += group
      }
    }
    for channel in 0..<channels {
      let product = sums[channels + channel] - Double(coefficients.meanError[channel]) * sums[channel]
      sums[channels + channel] = product * Double(coefficients.inverseDeviation[channel])
    }
  }

  /// dx = scale · dz + slope · (x − mean) + offset, or dx + that.
  ///
  /// Only the samples of x, and those of dx in the same way, may lie apart.
  static func inputGradient(
    _ dz: Memory, x: Memory, _ layout: TensorLayout,
    _ coefficients: NormalizationMemory.Coefficients, adds: Bool, into dx: Memory
  ) {
    let (pixels, blocks) = (layout.shape.pixels, layout.blocks)
    for n in 0..<layout.samples {
      for b in 0..<blocks {
        let mean = coefficients.mean.vectors(Vector.self)[b]
        let scale = coefficients.scale.vectors(Vector.self)[b]
        let slope = coefficients.slope.vectors(Vector.self)[b]
        let offset = coefficients.offset.vectors(Vector.self)[b]
        let base = n * layout.vectorStride + b * pixels
        let (x, dx, dz) = (x + base, dx + base, dz + (n * blocks + b) * pixels)
        if adds {
          for p in 0..<pixels {
            dx[p] += dz[p] * scale + ((x[p] - mean) * slope + offset)
          }
        } else {
          for p in 0..<pixels {
            dx[p] = dz[p] * scale + ((x[p] - mean) * slope + offset)
          }
        }
      }
    }
  }
}
