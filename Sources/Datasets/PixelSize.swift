/// A height and a width in pixels, each at least 1.
public struct PixelSize: Hashable, Sendable {
  /// The number of rows.
  public var height: Int
  /// The number of columns.
  public var width: Int

  /// Makes a size.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// Height and width in words: "96×128".
  var text: String { sizes([height, width]) }
}

/// A rectangle of an image's pixels.
package struct PixelBox: Hashable, Sendable {
  /// The first row, and the first column.
  package var top: Int
  package var left: Int
  /// The number of rows and of columns.
  package var height: Int
  package var width: Int

  /// Makes a rectangle.
  package init(top: Int, left: Int, height: Int, width: Int) {
    (self.top, self.left, self.height, self.width) = (top, left, height, width)
  }

  /// All of an image.
  init(_ size: PixelSize) {
    self.init(top: 0, left: 0, height: size.height, width: size.width)
  }

  /// Whether an image has all of the rectangle.
  func isInside(_ size: PixelSize) -> Bool {
    top >= 0 && left >= 0 && top + height <= size.height && left + width <= size.width
  }
}
