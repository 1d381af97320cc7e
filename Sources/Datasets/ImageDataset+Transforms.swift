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
    var result = self
    result.resize =
      height == storedHeight && width == storedWidth
      ? nil
      : BilinearResize(
        inputHeight: storedHeight, inputWidth: storedWidth, outputHeight: height, outputWidth: width)
    return result
  }

  /// The same samples, written as (value − mean) ÷ deviation; replaces an earlier normalization.
  ///
  /// - Parameter normalization: one mean and one deviation for each of this dataset's `channels`.
  /// - Returns: a dataset that shares this one's memory.
  public func normalized(by normalization: Normalization) -> ImageDataset {
    require(
      normalization.mean.count == channels,
      "\(normalization.mean.count) means given for images of \(channels) channels")
    var result = self
    result.normalization = normalization
    result.values = zip(normalization.mean, normalization.deviation).flatMap { mean, deviation in
      (0...255).map { (Float($0) / 255 - mean) / deviation }
    }
    return result
  }

  /// The same samples, changed at random in each epoch; replaces an earlier augmentation.
  ///
  /// A sample is written at `augmentation.placement(seed:epoch:sample:)`, after resizing; what a crop shows
  /// outside of the image is black, as normalized.
  ///
  /// - Parameters:
  ///   - augmentation: the changes.
  ///   - seed: chooses among the sequences of changes.
  /// - Returns: a dataset that shares this one's memory. Its epochs are 0 to 2³² − 1.
  public func augmented(by augmentation: Augmentation, seed: UInt64) -> ImageDataset {
    var result = self
    result.augmentation = augmentation == Augmentation() ? nil : (augmentation, seed)
    return result
  }
}
