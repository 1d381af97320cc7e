import NeuralNetworks

/// A batch normalization; see ``NormalizationCoefficients`` for its formulas.
///
/// Each sum is taken over the microshard in `Double`, in the order of the samples and pixels; the pass adds up those of
/// the microshards, and sets the coefficients before what needs them.
final class NormalizationTangent: TangentOperation {
  private typealias Channel = NormalizationCoefficients.Channel

  private let layout: TensorLayout
  private let memory: TangentMemory
  private let coefficients: NormalizationCoefficients

  /// A batch normalization of values with a layout, whose coefficients the pass sets.
  init(_ layout: TensorLayout, _ coefficients: NormalizationCoefficients, _ memory: TangentMemory) {
    (self.layout, self.coefficients, self.memory) = (layout, coefficients, memory)
  }

  /// The number of elements, the means and the sums of squared deviations of x.
  func sumMoments(into moments: UnsafeMutablePointer<Double>) {
    let x = memory.inputs[0].value
    if layout.channelBlock == 16 {
      BatchNormMath<SIMD16<Float>>.moments(x.vectors(SIMD16<Float>.self), layout, into: moments)
    } else {
      BatchNormMath<SIMD8<Float>>.moments(x.vectors(SIMD8<Float>.self), layout, into: moments)
    }
  }

  /// Σẋ and Σẋ x̂.
  func sumTangents(into sums: UnsafeMutablePointer<Double>) {
    let (x, ẋ) = (memory.inputs[0].value.floats, memory.inputs[0].tangent.floats)
    forEachChannel { index, channel, places in
      var (sum, product) = (0.0, 0.0)
      for place in places {
        let tangent = Double(ẋ[place])
        sum += tangent
        product += tangent * channel.normalized(x[place])
      }
      sums[index] += sum
      sums[layout.shape.channels + index] += product
    }
  }

  func forward() {
    let (x, ẋ) = (memory.inputs[0].value.floats, memory.inputs[0].tangent.floats)
    let (y, ẏ) = (memory.output.value.floats, memory.output.tangent.floats)
    clearLastBlock(of: y, layout)
    clearLastBlock(of: ẏ, layout)
    forEachChannel { _, channel, places in
      for place in places {
        let normalized = channel.normalized(x[place])
        let tangent = channel.normalizedTangent(ẋ[place], normalized: normalized)
        y[place] = Float(channel.gamma * normalized + channel.beta)
        ẏ[place] = Float(
          channel.gammaTangent * normalized + channel.gamma * tangent + channel.betaTangent)
      }
    }
  }

  /// Σg, Σg x̂, Σġ and Σ(ġ x̂ + g x̂̇); the last two are the products for shift and scale.
  func sumGradients(into sums: UnsafeMutablePointer<Double>) {
    guard let g = memory.output.gradient?.floats, let ġ = memory.output.gradientTangent?.floats else {
      return
    }
    let (x, ẋ) = (memory.inputs[0].value.floats, memory.inputs[0].tangent.floats)
    let count = layout.shape.channels
    forEachChannel { index, channel, places in
      var (sum, product, sumTangent, productTangent) = (0.0, 0.0, 0.0, 0.0)
      for place in places {
        let normalized = channel.normalized(x[place])
        let tangent = channel.normalizedTangent(ẋ[place], normalized: normalized)
        let (gradient, gradientTangent) = (Double(g[place]), Double(ġ[place]))
        sum += gradient
        product += gradient * normalized
        sumTangent += gradientTangent
        productTangent += gradientTangent * normalized + gradient * tangent
      }
      sums[index] += sum
      sums[count + index] += product
      sums[2 * count + index] += sumTangent
      sums[3 * count + index] += productTangent
    }
    for index in 0..<count {
      memory.products[0][index] = Float(sums[3 * count + index])
      memory.products[1][index] = Float(sums[2 * count + index])
    }
  }

  func backward() {
    guard let g = memory.output.gradient?.floats, let ġ = memory.output.gradientTangent?.floats,
      let dx = memory.inputs[0].gradient?.floats, let dẋ = memory.inputs[0].gradientTangent?.floats
    else { return }
    let (x, ẋ) = (memory.inputs[0].value.floats, memory.inputs[0].tangent.floats)
    clearLastBlock(of: dx, layout)
    clearLastBlock(of: dẋ, layout)
    forEachChannel { _, channel, places in
      let scale = channel.gamma * channel.inverseDeviation
      let scaleTangent =
        (channel.gammaTangent - scale * channel.correlation) * channel.inverseDeviation
      for place in places {
        let normalized = channel.normalized(x[place])
        let tangent = channel.normalizedTangent(ẋ[place], normalized: normalized)
        let centered =
          Double(g[place]) - channel.gradientMean - normalized * channel.gradientCorrelation
        let centeredTangent =
          Double(ġ[place]) - channel.gradientMeanTangent - tangent * channel.gradientCorrelation
          - normalized * channel.gradientCorrelationTangent
        dx[place] = Float(scale * centered)
        dẋ[place] = Float(scaleTangent * centered + scale * centeredTangent)
      }
    }
  }

  /// Shows the channels of each sample, and where their pixels lie.
  @inline(__always)
  private func forEachChannel(_ body: (_ index: Int, Channel, _ places: StrideTo<Int>) -> Void) {
    let (B, pixels) = (layout.channelBlock, layout.shape.pixels)
    for (index, channel) in coefficients.channels.enumerated() {
      for n in 0..<layout.samples {
        let begin = n * layout.rowStride + index / B * B * pixels + index % B
        body(index, channel, stride(from: begin, to: begin + pixels * B, by: B))
      }
    }
  }
}
