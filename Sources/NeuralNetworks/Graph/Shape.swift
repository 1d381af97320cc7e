/// The shape of one sample of a value: the batch dimension is left out.
///
/// An image is [channels, height, width], a feature vector [features], a loss [].
public struct Shape: Hashable, Sendable, CustomStringConvertible {
  /// The sizes, outermost dimension first.
  public var dimensions: [Int]

  /// Makes a shape of the given sizes, outermost first.
  public init(_ dimensions: Int...) {
    self.dimensions = dimensions
  }

  /// Makes a shape of the given sizes, outermost first.
  public init(_ dimensions: [Int]) {
    self.dimensions = dimensions
  }

  /// The number of elements of one sample.
  public var count: Int { dimensions.reduce(1, *) }

  /// Whether all sizes, and the number of elements, are 1 to 2³¹ − 1: products of a few such numbers fit into 64 bits.
  package var isCountable: Bool {
    var count = 1
    for size in dimensions {
      guard size > 0, size <= Int(Int32.max) else { return false }
      count *= size
      guard count <= Int(Int32.max) else { return false }
    }
    return true
  }

  /// The number of dimensions: 3 for an image, 1 for a feature vector.
  public var rank: Int { dimensions.count }

  /// The channels of an image or the features of a vector; 1 for a scalar.
  public var channels: Int { dimensions.first ?? 1 }

  /// The pixels of one channel of an image; 1 for anything else.
  public var pixels: Int { dimensions.dropFirst().reduce(1, *) }

  /// The height of an image in pixels; 1 for anything else.
  public var height: Int { rank == 3 ? dimensions[1] : 1 }

  /// The width of an image in pixels; 1 for anything else.
  public var width: Int { rank == 3 ? dimensions[2] : 1 }

  /// The sizes joined by ×, such as `64×24×24`.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}
