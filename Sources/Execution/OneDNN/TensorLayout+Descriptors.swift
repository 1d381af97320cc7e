import COneDNN
import NeuralNetworks

extension TensorLayout {
  /// The value as images [n, c, h, w].
  func images() throws(OneDNNError) -> MemoryDescriptor {
    let blockedTag = channelBlock == 16 ? dnnl_nChw16c : dnnl_nChw8c
    return try MemoryDescriptor(
      [samples, storedChannels, shape.height, shape.width], tag: isBlocked ? blockedTag : dnnl_nchw, element)
  }

  /// The value as a matrix [n, c] of row vectors.
  func matrix() throws(OneDNNError) -> MemoryDescriptor {
    try MemoryDescriptor([samples, shape.count], strides: [rowStride, 1], element)
  }

  /// The value as a matrix [c, n] of column vectors.
  func transposedMatrix() throws(OneDNNError) -> MemoryDescriptor {
    try MemoryDescriptor([shape.count, samples], strides: [1, rowStride], element)
  }
}
