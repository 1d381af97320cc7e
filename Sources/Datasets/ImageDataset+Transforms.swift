import Mistakes

extension ImageDataset {
  /// The same samples, written at another size.
  ///
  /// Resizing is bilinear and equal, byte for byte, to Pillow's `Image.resize((width, height), BILINEAR)` on
  /// each stored channel, which torchvision's `Resize` calls for PIL images. It starts from the stored images
  /// and replaces an earlier resizing.
  ///
  /// - Parameters:
  ///   - height: the height of a written image in pixels, at least 1.
  ///   - width: the width of a written image in pixels, at least 1.
  /// - Returns: a dataset that shares this one's memory.
  public func resized(height: Int, width: Int) -> ImageDataset {
    require(height >= 1 && width >= 1, "images cannot be resized to \(height)×\(width)")
    return fitted(by: ImageFit(.size(PixelSize(height: height, width: width))))
  }

  /// The same samples, resized and cropped at the center; replaces an earlier resizing.
  ///
  /// - Parameter fit: its crop must lie inside of the resized images.
  /// - Returns: a dataset that shares this one's memory.
  public func fitted(by fit: ImageFit) -> ImageDataset {
    var result = self
    result.setFit(fit)
    return result
  }
}
