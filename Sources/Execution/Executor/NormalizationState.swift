import NeuralNetworks

/// The statistics of one batch normalization on this rank: coefficients, leaves, and the running statistics.
final class NormalizationState {
  let node: Int
  let channels: Int
  let normalization: Operation.Normalization
  /// The coefficients that all microshards share.
  let shared: NormalizationMemory.Coefficients
  /// By local microshard, its own coefficients; ghost batch norm only.
  let own: [NormalizationMemory.Coefficients]
  /// The moments that all microshards share, with statistics over more than one.
  let sharedMoments: NormalizationMoments?
  /// By local microshard, its own moments of its whole input.
  let ownMoments: [NormalizationMoments]
  /// The measured moments and backward sums of the microshards, by local microshard.
  let moments: SumLeaves
  let backwardSums: SumLeaves
  let gamma: Int
  let beta: Int
  private let runningMean: UnsafeMutablePointer<Float>
  private let runningVariance: UnsafeMutablePointer<Float>
  private let store: ParameterStore
  private let memory: AlignedMemory
  private let momentMemory: AlignedMemory

  /// Makes the state of a batch normalization.
  ///
  /// - Parameters:
  ///   - moments: the leaves of the moments that it measures.
  ///   - momentsResult: where their sum over all ranks can be read; nil where they stay on the rank.
  ///   - firstChannels: the normalization that has the moments of the channels before.
  init(
    node index: Int, _ node: LoweredGraph.Node, _ normalization: Operation.Normalization,
    statistics: BatchStatistics, share: RankShare, moments: SumLeaves,
    momentsResult: UnsafeMutableRawPointer?, firstChannels: NormalizationState?, backwardSums: SumLeaves,
    store: ParameterStore
  ) {
    self.node = index
    self.normalization = normalization
    self.moments = moments
    self.backwardSums = backwardSums
    self.store = store
    channels = store.graph.buffers[node.buffers[0]].count
    (gamma, beta) = (node.parameters[0], node.parameters[1])
    runningMean = store.buffer(node.buffers[0])
    runningVariance = store.buffer(node.buffers[1])
    let stride = AlignedMemory.padded(4 * channels) / 4
    let size = stride * NormalizationMemory.Coefficients.arrayCount
    let copies = statistics == .microshard ? share.slots.count : 0
    memory = AlignedMemory(byteCount: 4 * size * (1 + copies))
    let base = memory.base.assumingMemoryBound(to: Float.self)
    shared = NormalizationMemory.Coefficients(base, stride: stride)
    own = (0..<copies).map { NormalizationMemory.Coefficients(base + size * (1 + $0), stride: stride) }

    let channels = channels
    let momentSize = AlignedMemory.padded(8 * (1 + 2 * channels))
    momentMemory = AlignedMemory(byteCount: firstChannels == nil ? 0 : momentSize * (1 + copies))
    let momentBase = momentMemory.base
    func complete(
      _ measured: UnsafeMutableRawPointer, _ known: NormalizationMoments?, at place: Int
    ) -> NormalizationMoments {
      let measured = measured.assumingMemoryBound(to: Double.self)
      let knownChannels = firstChannels?.channels ?? 0
      return NormalizationMoments(
        measured: measured, measuredChannels: channels - knownChannels,
        known: known.map { UnsafePointer($0.all) },
        knownChannels: knownChannels,
        all: known == nil
          ? measured : (momentBase + place * momentSize).assumingMemoryBound(to: Double.self))
    }
    sharedMoments = (momentsResult ?? moments.rankSum).map {
      complete($0, firstChannels?.sharedMoments, at: 0)
    }
    ownMoments = moments.leaves.indices.map { local in
      complete(moments.leaves[local], copies == 0 ? nil : firstChannels?.ownMoments[local], at: 1 + local)
    }
  }

  /// Makes the shared coefficients from the moments that are normalized with.
  func setForward(moments: UnsafePointer<Double>) {
    guard moments[0] > 0 else { return }
    shared.setForward(
      moments: moments, gamma: store.values(gamma), beta: store.values(beta), channels: channels,
      epsilon: normalization.epsilon)
  }

  /// Makes the shared coefficients from the running statistics.
  func setForwardFromRunningStatistics() {
    shared.setForward(
      runningMean: runningMean, runningVariance: runningVariance, gamma: store.values(gamma),
      beta: store.values(beta), channels: channels, epsilon: normalization.epsilon)
  }

  /// Makes the shared backward coefficients from sums over `count` elements a channel.
  func setBackward(sums: UnsafePointer<Double>, count: Double) {
    guard count > 0 else { return }
    shared.setBackward(sums: sums, count: count, channels: channels)
  }

  /// dβ = Σ dz and dγ = Σ dz·x̂ over the global batch.
  func setParameterGradients(sums: UnsafePointer<Double>) {
    for channel in 0..<channels {
      store.gradients[beta][channel] = Float(sums[channel])
      store.gradients[gamma][channel] = Float(sums[channels + channel])
    }
  }

  /// running ← (1 − momentum) running + momentum batch, with the unbiased variance, as in PyTorch.
  func updateRunning(moments: UnsafePointer<Double>) {
    for channel in 0..<channels {
      update(
        channel, mean: moments[1 + channel],
        variance: Self.unbiased(squares: moments[1 + channels + channel], count: moments[0]))
    }
  }

  /// The same with the mean over microshards of their statistics, each weighted by its samples.
  func updateRunning(contributions: UnsafePointer<Double>, samples: Double) {
    for channel in 0..<channels {
      update(
        channel, mean: contributions[channel] / samples, variance: contributions[channels + channel] / samples
      )
    }
  }

  /// Writes what a microshard of `samples` samples, normalized with `moments`, contributes to running statistics.
  static func contribute(
    moments: UnsafePointer<Double>, channels: Int, samples: Int,
    to contribution: UnsafeMutablePointer<Double>
  ) {
    for channel in 0..<channels {
      contribution[channel] = Double(samples) * moments[1 + channel]
      contribution[channels + channel] =
        Double(samples) * unbiased(squares: moments[1 + channels + channel], count: moments[0])
    }
  }

  private static func unbiased(squares: Double, count: Double) -> Double {
    squares / max(count - 1, 1)
  }

  private func update(_ channel: Int, mean: Double, variance: Double) {
    let momentum = normalization.momentum
    runningMean[channel] = Float((1 - momentum) * Double(runningMean[channel]) + momentum * mean)
    runningVariance[channel] = Float((1 - momentum) * Double(runningVariance[channel]) + momentum * variance)
  }
}
