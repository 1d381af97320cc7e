import Mistakes

extension ImageDataset {
  /// The first samples, as a dataset of its own, not resized or normalized.
  ///
  /// - Parameter count: how many, 1 to this dataset's `count`.
  public func prefix(_ count: Int) -> ImageDataset {
    require((1...self.count).contains(count), "\(count) of \(self.count) samples asked for")
    return ImageDataset(
      pixels: Array(pixels[..<(count * channels * storedHeight * storedWidth)]),
      labels: Array(labels[..<count]), channels: channels, height: storedHeight, width: storedWidth,
      classes: classes)
  }
}
