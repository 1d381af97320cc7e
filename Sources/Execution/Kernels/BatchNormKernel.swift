import Mistakes
import NeuralNetworks

/// A batch normalization with the activation and the maximum pooling that follow it, over blocked values.
///
/// Forward: `statistics` writes the moments of x; once the sums have become coefficients, `forward` writes
/// y = f(γ x̂ + β). Backward: `backwardStatistics` replaces dy by dz = f′·dy and writes Σ dz and Σ dz·x̂;
/// `backwardData` writes dx = γ/σ (dz − Σ dz/N − x̂ Σ dz·x̂/N). A second input s, a shortcut, is added before the
/// activation: y = f(γ x̂ + β + s), ds = dz. With a pooling only what will be the maxima is normalized: see
/// ``PooledNormalization``.
///
/// Ioffe, Szegedy, arXiv:1502.03167, section 3.
final class BatchNormKernel: Kernel {
  private let normalization: Operation.Normalization
  private let activation: ActivationFunction
  private let layout: TensorLayout
  private let measured: TensorLayout
  private let pooling: FusedPooling?

  /// The kernel of one batch normalization, for microshards of one size.
  ///
  /// - Parameters:
  ///   - layout: that of the input, whose samples may lie apart; those of the output follow each other.
  ///   - measured: the channels whose moments the kernel computes: all, or the last ones.
  init(
    _ normalization: Operation.Normalization, activation: ActivationFunction, layout: TensorLayout,
    measured: Range<Int>, pooling: FusedPooling?
  ) {
    self.normalization = normalization
    self.activation = activation
    self.layout = layout
    var part = layout
    part.shape = Shape([measured.count] + layout.shape.dimensions.dropFirst())
    part.enclosingStride = layout.rowStride
    self.measured = part
    self.pooling = pooling
  }

  /// The extremes of the pooled windows.
  var workspaceByteCount: Int { pooling?.result.byteCount ?? 0 }

  var addsToInputGradients: Bool { true }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    guard let statistics = memory.normalization else {
      unreachable("a batch normalization was bound without its statistics")
    }
    return Bound(
      normalization: normalization, activation: activation, layout: layout, measured: measured,
      pooling: pooling, memory: memory, statistics: statistics)
  }

  private final class Bound: BoundKernel {
    let normalization: Operation.Normalization
    let activation: ActivationFunction
    let layout: TensorLayout
    let measured: TensorLayout
    let pooling: FusedPooling?
    let memory: KernelMemory
    let statistics: NormalizationMemory

    init(
      normalization: Operation.Normalization, activation: ActivationFunction, layout: TensorLayout,
      measured: TensorLayout, pooling: FusedPooling?, memory: KernelMemory, statistics: NormalizationMemory
    ) {
      self.normalization = normalization
      self.activation = activation
      self.layout = layout
      self.measured = measured
      self.pooling = pooling
      self.memory = memory
      self.statistics = statistics
    }

    /// What is normalized: the input, or of each pooled window its extreme.
    private var normalized: (memory: UnsafeMutableRawPointer, layout: TensorLayout) {
      if let pooling { (memory.workspace, pooling.result) } else { (memory.inputs[0], layout) }
    }

    func run(_ phase: Phase) {
      if layout.element == .bfloat16 {
        run(phase, BFloat16Vector.self)
      } else if layout.channelBlock == 16 {
        run(phase, SIMD16<Float>.self)
      } else {
        run(phase, SIMD8<Float>.self)
      }
    }

    private func run<Stored: StoredVector>(_ phase: Phase, _: Stored.Type) {
      switch phase {
      case .statistics:
        let first = layout.rowCount - measured.rowCount
        BatchNormMath<Stored>.moments(
          (memory.inputs[0] + first * layout.element.byteCount).vectors(Stored.self), measured,
          into: statistics.moments.measured)
        if statistics.isOwn {
          statistics.coefficients.setForward(
            moments: statistics.moments.complete(), gamma: memory.parameters[0].values,
            beta: memory.parameters[1].values, channels: layout.shape.channels, epsilon: normalization.epsilon
          )
        }
      case .forward:
        if let pooling {
          PooledNormalization<Stored>.extremes(
            memory.inputs[0].vectors(Stored.self), layout, pooling, scale: statistics.coefficients.scale,
            into: memory.workspace.vectors(Stored.self))
        }
        BatchNormMath<Stored>.normalize(
          normalized.memory.vectors(Stored.self), normalized.layout, statistics.coefficients,
          shortcut: memory.inputs.count > 1 ? memory.inputs[1].vectors(Stored.self) : nil,
          activation: activation, into: memory.output.vectors(Stored.self))
      case .backwardStatistics:
        guard let dy = memory.outputGradient?.vectors(Stored.self) else { return }
        BatchNormMath<Stored>.backwardSums(
          dy, x: normalized.memory.vectors(Stored.self), y: memory.output.vectors(Stored.self),
          normalized.layout, statistics.coefficients, activation: activation, into: statistics.backwardSums)
        if statistics.isOwn {
          statistics.coefficients.setBackward(
            sums: statistics.backwardSums, count: statistics.moments.measured[0],
            channels: layout.shape.channels)
        }
        writeParameterGradients()
      case .backwardData:
        guard let dz = memory.outputGradient else { return }
        if memory.inputs.count > 1, let ds = memory.inputGradients[1] {
          writeShortcutGradient(dz, to: ds, adds: memory.addsInputGradients[1], Stored.self)
        }
        guard let dx = memory.inputGradients[0] else { return }
        if let pooling {
          PooledNormalization<Stored>.inputGradient(
            dz.vectors(Stored.self), extremes: memory.workspace.vectors(Stored.self),
            x: memory.inputs[0].vectors(Stored.self), layout, pooling, statistics.coefficients,
            adds: memory.addsInputGradients[0], into: dx.vectors(Stored.self))
          return
        }
        BatchNormMath<Stored>.inputGradient(
          dz.vectors(Stored.self), x: memory.inputs[0].vectors(Stored.self), layout, statistics.coefficients,
          adds: memory.addsInputGradients[0], into: dx.vectors(Stored.self))
      case .backwardWeights:
        unreachable("a batch normalization has no phase \(phase)")
      }
    }

    /// ds = dz, for which nothing is to be done where they share their memory.
    private func writeShortcutGradient<Stored: StoredVector>(
      _ dz: UnsafeMutableRawPointer, to ds: UnsafeMutableRawPointer, adds: Bool, _: Stored.Type
    ) {
      if adds {
        let (source, target) = (dz.vectors(Stored.self), ds.vectors(Stored.self))
        let count = layout.samples * layout.rowCount / layout.channelBlock
        for index in 0..<count { target[index] += source[index] }
      } else if ds != dz {
        ds.copyMemory(from: dz, byteCount: layout.byteCount)
      }
    }

    /// dβ = Σ dz and dγ = Σ dz·x̂ of this microshard, where the gradients are summed in buckets.
    private func writeParameterGradients() {
      guard memory.parameterGradients.count == 2 else { return }
      let channels = layout.shape.channels
      for channel in 0..<channels {
        memory.parameterGradients[1][channel] = Float(statistics.backwardSums[channel])
        memory.parameterGradients[0][channel] = Float(statistics.backwardSums[channels + channel])
      }
    }
  }
}
