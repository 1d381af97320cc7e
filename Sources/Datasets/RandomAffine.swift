import Mistakes
import Randomness

/// A random rotation, shift, scaling and shear about the image's center, bilinear: torchvision's `RandomAffine` on PIL images.
///
/// What comes from outside of the image is black.
public struct RandomAffine: Hashable, Sendable {
  /// The largest rotation to either side in degrees, 0 to 180.
  public var degrees: Double
  /// The largest shift to either side, as a share of height and width, 0 to 1.
  public var translation: Double
  /// What the image is scaled by, > 0.
  public var scale: ClosedRange<Double>
  /// The largest shear along the rows to either side in degrees, at least 0 and less than 90.
  public var shear: Double

  /// Makes a map; by default it changes nothing.
  public init(
    degrees: Double = 0, translation: Double = 0, scale: ClosedRange<Double> = 1...1, shear: Double = 0
  ) {
    require(
      (0...180).contains(degrees) && (0...1).contains(translation) && scale.lowerBound > 0
        && shear >= 0 && shear < 90,
      "no rotation by \(degrees)°, shift by \(translation), scaling by \(scale) and shear by \(shear)°")
    self.degrees = degrees
    self.translation = translation
    self.scale = scale
    self.shear = shear
  }

  /// How a sample is changed in an epoch.
  package func change(seed: UInt64, epoch: Int, sample: Int, of size: PixelSize) -> AffineChange {
    change(of: size, AugmentationDraw(seed: seed, purpose: .affine, epoch: epoch, sample: sample))
  }

  /// What is drawn, in the order angle, shift of columns, shift of rows, scale, shear; what is not asked for is not drawn.
  package func change(of size: PixelSize, _ draw: AugmentationDraw) -> AffineChange {
    func shift(_ length: Int) -> Int {
      guard translation > 0 else { return 0 }
      let largest = translation * Double(length)
      return Int(draw.uniform(-largest...largest).rounded(.toNearestOrEven))
    }
    let angle = draw.uniform(-degrees...degrees)
    let columns = shift(size.width)
    return AffineChange(
      degrees: angle, columns: columns, rows: shift(size.height),
      scale: scale == 1...1 ? 1 : draw.uniform(scale), shear: shear == 0 ? 0 : draw.uniform(-shear...shear))
  }
}

/// A rotation, shift, scaling and shear of an image.
package struct AffineChange: Hashable, Sendable {
  /// The rotation in degrees, clockwise as the image is seen.
  package var degrees: Double
  /// The shift to the right and down, in pixels.
  package var columns: Int
  package var rows: Int
  /// What the image is scaled by.
  package var scale: Double
  /// The shear along the rows in degrees.
  package var shear: Double

  /// Makes a change.
  package init(degrees: Double, columns: Int, rows: Int, scale: Double, shear: Double) {
    (self.degrees, self.columns, self.rows) = (degrees, columns, rows)
    (self.scale, self.shear) = (scale, shear)
  }

  /// Where in the image a pixel of the result comes from: [a b c; d e f] maps column and row, counted from the image's edge.
  ///
  /// The inverse of shift · center · rotation · shear · scale · center⁻¹, as torchvision composes it.
  private func inverse(_ size: PixelSize) -> [Double] {
    let (sine, cosine) = ElementaryFunctions.sineAndCosine(degrees: degrees)
    let slope = ElementaryFunctions.sineAndCosine(degrees: shear)
    let tangent = slope.sine / slope.cosine
    let (down, right) = (-cosine * tangent - sine, -sine * tangent + cosine)
    var map = [right, -down, 0, -sine, cosine, 0].map { $0 / scale }
    let center = (column: Double(size.width) * 0.5, row: Double(size.height) * 0.5)
    let (columns, rows) = (Double(columns), Double(rows))
    map[2] += map[0] * (-center.column - columns) + map[1] * (-center.row - rows)
    map[5] += map[3] * (-center.column - columns) + map[4] * (-center.row - rows)
    map[2] += center.column
    map[5] += center.row
    return map
  }

  /// Writes the changed planes, byte for byte as Pillow's `Image.transform(…, AFFINE, …, BILINEAR)`.
  ///
  /// A result between two bytes is rounded down, for so does Pillow here.
  ///
  /// - Parameters:
  ///   - planes: [channels, height, width] bytes.
  ///   - target: as many bytes that overlap nothing else.
  package func apply(
    to planes: UnsafePointer<UInt8>, channels: Int, _ size: PixelSize,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    let map = inverse(size)
    let (a, b, c, d, e, f) = (map[0], map[1], map[2], map[3], map[4], map[5])
    let (height, width) = (size.height, size.width)
    let area = height * width
    for row in 0..<height {
      for column in 0..<width {
        let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
        let (fromColumn, fromRow) = (a * x + b * y + c, d * x + e * y + f)
        let position = row * width + column
        guard fromColumn >= 0, fromColumn < Double(width), fromRow >= 0, fromRow < Double(height) else {
          for channel in 0..<channels { target[channel * area + position] = 0 }
          continue
        }
        let (left, top) = ((fromColumn - 0.5).rounded(.down), (fromRow - 0.5).rounded(.down))
        let (across, down) = (fromColumn - 0.5 - left, fromRow - 0.5 - top)
        let columns = (max(Int(left), 0), min(Int(left) + 1, width - 1))
        let rows = (max(Int(top), 0) * width, min(Int(top) + 1, height - 1) * width)
        for channel in 0..<channels {
          let plane = planes + channel * area
          func line(_ row: Int) -> Double {
            let first = Double(plane[row + columns.0])
            return first + (Double(plane[row + columns.1]) - first) * across
          }
          let first = line(rows.0)
          target[channel * area + position] = UInt8(first + (line(rows.1) - first) * down)
        }
      }
    }
  }
}
