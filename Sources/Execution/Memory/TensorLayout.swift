import NeuralNetworks

/// How the samples of one value lie in memory.
///
/// Legend: n samples, c channels, h height, w width, B channels side by side (``Engine/channelBlock``).
/// Plain is [n, c, h, w]; blocked is [n, ⌈c/B⌉, h, w, B], where the channels that fill up the last block are zeros.
/// A vector is an image of one pixel, so that its blocked rows are padded with zeros to a multiple of B.
struct TensorLayout: Hashable {
  var shape: Shape
  var samples: Int
  var channelBlock: Int
  var isBlocked: Bool
  /// The elements from one sample to the next of a larger value whose channels these are; nil for a value of its own.
  var enclosingStride: Int?
  var element = ElementType.float32

  /// The number of channel blocks.
  var blocks: Int { (shape.channels + channelBlock - 1) / channelBlock }

  /// The elements of one sample.
  var rowCount: Int { isBlocked ? blocks * channelBlock * shape.pixels : shape.count }

  /// The elements from one sample to the next.
  var rowStride: Int { enclosingStride ?? rowCount }

  /// The vectors of `channelBlock` elements from one sample to the next; blocked values only.
  var vectorStride: Int { rowStride / channelBlock }

  /// The bytes of all samples, without those of other values between them.
  var byteCount: Int { element.byteCount * elementCount }

  /// The elements of all samples, those that fill up the last block included.
  var elementCount: Int { samples * rowCount }

  /// The channels that kernels work on: those that fill up the last block are channels like any other to them,
  /// since oneDNN takes an image of fewer channels than a block for a network's first, which it wants plain.
  var storedChannels: Int { isBlocked ? blocks * channelBlock : shape.channels }
}
