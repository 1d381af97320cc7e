import Mistakes

extension ImageDataset {
  /// The first samples, as a dataset of its own with the same treatments.
  ///
  /// - Parameter count: how many, 1 to this dataset's `count`.
  public func prefix(_ count: Int) -> ImageDataset {
    require((1...self.count).contains(count), "\(count) of \(self.count) samples asked for")
    var result = ImageDataset(
      pixels: Array(pixels[..<(count * channels * storedHeight * storedWidth)]),
      labels: Array(labels[..<count]), channels: channels, height: storedHeight, width: storedWidth,
      classes: classes)
    result.setFit(fit)
    result.treatment = treatment
    if let classNames { result = result.named(classNames) }
    return result
  }
}
