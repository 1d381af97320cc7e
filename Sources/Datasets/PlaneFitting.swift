import Mistakes

/// The way from the planes of an image of one size to those that a model sees.
struct PlaneFitting: Sendable {
  /// The size of the planes that are given.
  let input: PixelSize
  /// The size of the planes that result.
  var output: PixelSize { PixelSize(height: crop.height, width: crop.width) }
  /// What is taken of the given planes, before they are resized.
  private let window: PixelBox
  private let resize: BilinearResize
  /// What is taken of the resized planes.
  private let crop: PixelBox

  /// Fits whole images; the crop must lie inside.
  init(_ fit: ImageFit, _ input: PixelSize) {
    let resized = fit.resized(input)
    self.init(PixelBox(input), of: input, resized: resized, crop: fit.crop(of: resized))
  }

  /// Resizes a part of an image to a size, as torchvision's `resized_crop` does.
  init(_ window: PixelBox, of input: PixelSize, to output: PixelSize) {
    self.init(window, of: input, resized: output, crop: PixelBox(output))
  }

  private init(_ window: PixelBox, of input: PixelSize, resized: PixelSize, crop: PixelBox) {
    require(
      window.isInside(input) && crop.isInside(resized),
      "\(window) of \(input.text), resized to \(resized.text), does not hold \(crop)")
    (self.window, self.input, self.crop) = (window, input, crop)
    resize = BilinearResize(
      inputHeight: window.height, inputWidth: window.width, outputHeight: resized.height,
      outputWidth: resized.width)
  }

  /// Whether the given planes are what a model sees.
  var isIdentity: Bool {
    window == PixelBox(input) && output == input && resize.outputHeight == input.height
      && resize.outputWidth == input.width
  }

  private var takesAllOfInput: Bool { window == PixelBox(input) }
  private var takesAllOfResized: Bool {
    crop.height == resize.outputHeight && crop.width == resize.outputWidth
  }

  /// The room that `fit` needs: of the resizing, the window and the resized plane.
  var scratchByteCount: Int {
    resize.scratchByteCount + (takesAllOfInput ? 0 : window.height * window.width)
      + (takesAllOfResized ? 0 : resize.outputHeight * resize.outputWidth)
  }

  /// Fits the planes of an image.
  ///
  /// - Parameters:
  ///   - planes: [channels, input height, input width] bytes.
  ///   - scratch: `scratchByteCount` bytes that overlap nothing else.
  ///   - destination: [channels, output height, output width] bytes that overlap nothing else.
  func fit(
    _ planes: UnsafePointer<UInt8>, channels: Int, scratch: UnsafeMutablePointer<UInt8>,
    into destination: UnsafeMutablePointer<UInt8>
  ) {
    let part = scratch + resize.scratchByteCount
    let resized = part + (takesAllOfInput ? 0 : window.height * window.width)
    for channel in 0..<channels {
      var plane = planes + channel * input.height * input.width
      let target = destination + channel * crop.height * crop.width
      if !takesAllOfInput {
        Self.copy(window, of: plane, width: input.width, into: part)
        plane = UnsafePointer(part)
      }
      resize.resize(plane, channels: 1, scratch: scratch, into: takesAllOfResized ? target : resized)
      if !takesAllOfResized {
        Self.copy(crop, of: UnsafePointer(resized), width: resize.outputWidth, into: target)
      }
    }
  }

  private static func copy(
    _ box: PixelBox, of plane: UnsafePointer<UInt8>, width: Int, into target: UnsafeMutablePointer<UInt8>
  ) {
    for row in 0..<box.height {
      (target + row * box.width).update(
        from: plane + (box.top + row) * width + box.left, count: box.width)
    }
  }
}
