import NeuralNetworks

/// By which algorithm convolutions are computed; part of the experiment, since the algorithms round differently.
///
/// Which one a layer uses follows from its shape alone, never from the size of a microshard or from a measurement:
/// it is the same on every rank, in every run and for every batch.
public enum ConvolutionAlgorithm: String, CaseIterable, Hashable, Sendable {
  /// Winograd's wherever it is faster, the direct one otherwise.
  case auto
  /// The direct one.
  case direct
  /// Winograd's wherever it can be used: 3×3 filters at stride 1, on processors with AVX-512.
  case winograd

  /// Whether a convolution is computed by Winograd's algorithm.
  func usesWinograd(_ window: Operation.Window, input: TensorLayout, output: TensorLayout) -> Bool {
    guard window.kernel == 3, window.stride == 1, window.padding <= 2, input.isBlocked,
      input.channelBlock == 16
    else { return false }
    switch self {
    case .direct: return false
    case .winograd: return true
    case .auto: return min(input.shape.channels, output.shape.channels) >= 32
    }
  }
}
