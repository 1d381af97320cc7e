/// What the dimensions of an array of samples are, in their order.
public enum ArrayLayout: String, CaseIterable, Sendable {
  /// Told by the number of dimensions, and of four by which one can be the channels.
  case auto
  /// [sample, row, column]: images of one channel.
  case nhw
  /// [sample, channel, row, column], as PyTorch has them.
  case nchw
  /// [sample, row, column, channel], as TensorFlow and Pillow have them.
  case nhwc

  /// The numbers of channels by which four dimensions are told: gray, colour, colour with transparency.
  private static let usualChannels = [1, 3, 4]

  /// What the dimensions of an array are: [sample, feature] of two, else one of the layouts of images.
  ///
  /// - Parameters:
  ///   - shape: the array's shape.
  ///   - file: what messages call the array.
  /// - Returns: the positions of [sample, feature] or [sample, channel, row, column] among the dimensions; nil for the
  ///   channel of images that have but one.
  /// - Throws: `DatasetError` if the layout does not fit, or must be said.
  func axes(of shape: [Int], file: String) throws(DatasetError) -> [Int?] {
    let text = sizes(shape)
    switch (self, shape.count) {
    case (.auto, 2): return [0, 1]
    case (.auto, 3), (.nhw, 3): return [0, nil, 1, 2]
    case (.nchw, 4): return [0, 1, 2, 3]
    case (.nhwc, 4): return [0, 3, 1, 2]
    case (.auto, 4):
      switch (Self.usualChannels.contains(shape[1]), Self.usualChannels.contains(shape[3])) {
      case (true, false): return [0, 1, 2, 3]
      case (false, true): return [0, 3, 1, 2]
      default:
        throw .unusable(
          file: file,
          problem: "has the shape \(text), which does not tell where the channels are; "
            + "say data.layout: nchw or nhwc")
      }
    case (.auto, _):
      throw .unusable(
        file: file,
        problem: "has the shape \(text); expected 2 dimensions (samples and features) or 3 or 4 (images)")
    default:
      throw .unusable(
        file: file,
        problem: "has the shape \(text), but data.layout is \(rawValue), of "
          + counted(rawValue.count, "dimension"))
    }
  }
}

/// Elements in another order of dimensions.
///
/// - Parameters:
///   - elements: an array of the shape.
///   - isFortranOrder: whether the first index of `elements` runs fastest, not the last.
///   - axes: for each dimension of the result, at most four, the one of `shape`; nil for one of length 1.
///   - count: the length of the result's first dimension, at most that of the array.
/// - Returns: the elements with the last dimension of the result running fastest.
func reordered<Element>(
  _ elements: [Element], shape: [Int], isFortranOrder: Bool, axes: [Int?], count: Int
) -> [Element] {
  var strides = [Int](repeating: 1, count: shape.count)
  var stride = 1
  for dimension in isFortranOrder ? Array(shape.indices) : shape.indices.reversed() {
    strides[dimension] = stride
    stride *= shape[dimension]
  }
  let padding = [Int?](repeating: nil, count: 4 - axes.count)
  var lengths = (axes + padding).map { $0.map { shape[$0] } ?? 1 }
  let steps = (axes + padding).map { $0.map { strides[$0] } ?? 0 }
  lengths[0] = count
  let total = lengths.reduce(1, *)
  var expected = 1
  var isInOrder = true
  for dimension in (0..<4).reversed() where lengths[dimension] > 1 || dimension == 0 {
    isInOrder = isInOrder && steps[dimension] == expected
    expected *= lengths[dimension]
  }
  if isInOrder { return total == elements.count ? elements : Array(elements[..<total]) }
  return [Element](unsafeUninitializedCapacity: total) { result, initializedCount in
    elements.withUnsafeBufferPointer { elements in
      for first in 0..<lengths[0] {
        for second in 0..<lengths[1] {
          for third in 0..<lengths[2] {
            let base = first * steps[0] + second * steps[1] + third * steps[2]
            for fourth in 0..<lengths[3] {
              result.initializeElement(at: initializedCount, to: elements[base + fourth * steps[3]])
              initializedCount += 1
            }
          }
        }
      }
    }
  }
}
