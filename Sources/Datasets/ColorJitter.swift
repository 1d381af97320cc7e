import Mistakes
import Randomness

/// Random brightness, contrast and saturation in random order: torchvision's `ColorJitter` on PIL images, without hue.
public struct ColorJitter: Hashable, Sendable {
  /// The largest change of brightness b, at least 0: factors are drawn from max(0, 1 − b) to 1 + b.
  public var brightness: Double
  /// The same of the contrast.
  public var contrast: Double
  /// The same of the saturation; gray images have none.
  public var saturation: Double

  /// Makes changes of colors; by default none.
  public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0) {
    require(
      brightness >= 0 && contrast >= 0 && saturation >= 0,
      "brightness, contrast and saturation cannot change by \(brightness), \(contrast), \(saturation)")
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
  }

  /// How a sample is changed in an epoch.
  func change(seed: UInt64, epoch: Int, sample: Int) -> ColorChange {
    change(AugmentationDraw(seed: seed, purpose: .colors, epoch: epoch, sample: sample))
  }

  /// What is drawn: the order, then the factors of brightness, contrast and saturation, of those that are asked for.
  package func change(_ draw: AugmentationDraw) -> ColorChange {
    var order = ColorChange.Kind.allCases
    for last in [2, 1] { order.swapAt(last, draw.integer(last + 1)) }
    func factor(_ change: Double) -> Double? {
      change == 0 ? nil : draw.uniform(max(0, 1 - change)...1 + change)
    }
    let factors: [ColorChange.Kind: Double] = [
      .brightness: factor(brightness), .contrast: factor(contrast), .saturation: factor(saturation),
    ].compactMapValues { $0 }
    return ColorChange(steps: order.compactMap { kind in factors[kind].map { (kind, Float($0)) } })
  }
}

/// Changes of an image's colors, one after the other.
package struct ColorChange: Sendable {
  /// What is changed.
  package enum Kind: String, CaseIterable, Sendable { case brightness, contrast, saturation }
  /// What is changed, and the factor: 0 takes all of it away, 1 leaves the image as it is.
  package var steps: [(kind: Kind, factor: Float)]

  /// Makes changes in this order.
  package init(steps: [(kind: Kind, factor: Float)]) {
    self.steps = steps
  }

  /// Changes planes, byte for byte as Pillow's `ImageEnhance`.
  ///
  /// - Parameter planes: [channels, height, width] bytes of 1 channel or 3; of other numbers of channels there is no luminance, so
  ///   that their contrast is about the mean of all bytes, and they have no saturation.
  package func apply(to planes: UnsafeMutablePointer<UInt8>, channels: Int, _ size: PixelSize) {
    let area = size.height * size.width
    for (kind, factor) in steps where factor != 1 {
      switch kind {
      case .brightness: Self.blend(planes, count: channels * area, factor) { _ in 0 }
      case .contrast:
        var sum = 0
        if channels == 3 {
          for position in 0..<area { sum += Int(Self.luminance(planes, position, area)) }
        } else {
          for position in 0..<channels * area { sum += Int(planes[position]) }
        }
        let mean = UInt8(Double(sum) / Double(channels == 3 ? area : channels * area) + 0.5)
        Self.blend(planes, count: channels * area, factor) { _ in mean }
      case .saturation:
        guard channels == 3 else { continue }
        for position in 0..<area {
          let gray = Self.luminance(planes, position, area)
          for channel in 0..<3 {
            let place = channel * area + position
            planes[place] = Self.blended(gray, planes[place], factor)
          }
        }
      }
    }
  }

  private static func blend(
    _ bytes: UnsafeMutablePointer<UInt8>, count: Int, _ factor: Float, _ origin: (Int) -> UInt8
  ) {
    for position in 0..<count { bytes[position] = blended(origin(position), bytes[position], factor) }
  }

  /// A byte that is moved away from another by a factor, rounded toward it where the factor is at most 1, and kept to 0 to 255.
  private static func blended(_ origin: UInt8, _ byte: UInt8, _ factor: Float) -> UInt8 {
    let sum = Float(origin) + factor * Float(Int(byte) - Int(origin))
    return UInt8(min(max(sum, 0), 255))
  }

  /// The luminance of a pixel of three planes, as Pillow's `convert("L")` computes it.
  private static func luminance(_ planes: UnsafePointer<UInt8>, _ position: Int, _ area: Int) -> UInt8 {
    let (red, green) = (UInt32(planes[position]), UInt32(planes[area + position]))
    let sum = 19_595 * red + 38_470 * green + 7_471 * UInt32(planes[2 * area + position]) + 0x8000
    return UInt8(truncatingIfNeeded: sum >> 16)
  }
}
