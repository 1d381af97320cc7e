extension ImageDataset {
  /// The number and the written size of the images, their classes, and how they are treated.
  ///
  /// "60000 images of 1×96×96, 10 classes, resized from 28×28, normalized by mean 0.286 and deviation 0.353,
  /// cropped after padding by 4 and flipped at random with seed 1".
  public var description: String {
    let resized = fit.text(from: storedSize)
    return
      (["\(counted(count, "image")) of \(sizes(shape))", "\(target)", resized].compactMap { $0 }
      + treatment.texts).joined(separator: ", ")
  }
}
