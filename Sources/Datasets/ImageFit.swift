import Images

/// How images of any size become what a model sees: resized, then cropped at the center.
///
/// Each step is what torchvision does to a PIL image: `Resize((height, width))` or `Resize(side)`, bilinear and byte for byte, then
/// `CenterCrop`.
public struct ImageFit: Hashable, Sendable {
  /// What an image is resized to.
  public enum Resizing: Hashable, Sendable {
    /// Nothing: it stays as it is.
    case none
    /// One size, whatever its own is.
    case size(PixelSize)
    /// The size whose shorter side has so many pixels; the sides keep their ratio, the longer one rounded down.
    case shorterSide(Int)
  }

  /// What images are resized to.
  public var resizing: Resizing
  /// The part in the middle that is taken of the resized image; nil for all of it.
  public var centerCrop: PixelSize?

  /// Makes a way to fit images; by default they stay as they are.
  public init(_ resizing: Resizing = .none, centerCrop: PixelSize? = nil) {
    self.resizing = resizing
    self.centerCrop = centerCrop
  }

  /// The size that an image is resized to.
  func resized(_ size: PixelSize) -> PixelSize {
    switch resizing {
    case .none: return size
    case .size(let size): return size
    case .shorterSide(let side):
      return size.width <= size.height
        ? PixelSize(height: side * size.height / size.width, width: side)
        : PixelSize(height: side, width: side * size.width / size.height)
    }
  }

  /// The size of what a model sees of an image.
  package func written(_ size: PixelSize) -> PixelSize { centerCrop ?? resized(size) }

  /// The size of what a model sees of every image; nil if it depends on the image.
  package var size: PixelSize? {
    if let centerCrop { return centerCrop }
    if case .size(let size) = resizing { return size }
    return nil
  }

  /// The part of a resized image that the crop takes.
  func crop(of resized: PixelSize) -> PixelBox {
    guard let centerCrop else { return PixelBox(resized) }
    // Halves go to the even number, as Python rounds them.
    func start(_ length: Int, _ cropped: Int) -> Int {
      Int((Double(length - cropped) / 2).rounded(.toNearestOrEven))
    }
    return PixelBox(
      top: start(resized.height, centerCrop.height), left: start(resized.width, centerCrop.width),
      height: centerCrop.height, width: centerCrop.width)
  }

  /// Whether a resized image has all that the crop takes.
  package func holds(_ size: PixelSize) -> Bool { crop(of: resized(size)).isInside(resized(size)) }

  /// Whether a resized image has more pixels than are taken of any image: a very long one by its shorter side.
  package func isTooLarge(_ size: PixelSize) -> Bool {
    let resized = resized(size)
    return resized.height * resized.width > ImageHeader.largestPixelCount
  }

  /// What is done to images of a size, or of several ones, in words; nil if nothing is.
  func text(from size: PixelSize?) -> String? {
    let stored = size.map(\.text) ?? "files of several sizes"
    switch (resizing, centerCrop) {
    case (.none, nil): return nil
    case (.none, let crop?): return size == crop ? nil : "cropped at the center of \(stored)"
    case (.size(let written), nil): return size == written ? nil : "resized from \(stored)"
    case (.shorterSide(let side), nil):
      return size.map(resized) == size && size != nil
        ? nil : "resized to a shorter side of \(side) from \(stored)"
    case (.size(let resized), _?): return "resized to \(resized.text) from \(stored), cropped at the center"
    case (.shorterSide(let side), _?):
      return "resized to a shorter side of \(side) from \(stored), cropped at the center"
    }
  }
}
