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

  /// The Winograd convolution of a layer; nil where it cannot be used, or not with profit.
  ///
  /// It computes in single precision only.
  func winograd(_ window: Operation.Window, input: TensorLayout, output: TensorLayout) -> WinogradParts? {
    guard self != .direct, input.element == .float32, window.kernel == 3, window.stride == 1,
      window.padding <= 2, input.isBlocked,
      input.channelBlock == 16
    else { return nil }
    if self == .auto, min(input.shape.channels, output.shape.channels) < 32 { return nil }
    return WinogradParts(input: input, output: output, padding: window.padding)
  }

  /// Whether only the gradient of the filters is computed by Winograd's algorithm.
  ///
  /// A map of a single tile has too few pixels to make up for the transform of so many filters.
  func isForGradientsOnly(_ parts: WinogradParts) -> Bool {
    self == .auto && parts.tilesPerImage == 1
  }
}
