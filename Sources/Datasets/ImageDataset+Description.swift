extension ImageDataset {
  /// The number and the written size of the images, their classes, and how they are treated.
  ///
  /// "60000 images of 1×96×96, 10 classes, resized from 28×28, normalized by mean 0.286 and deviation 0.353,
  /// cropped after padding by 4 and flipped at random with seed 1".
  public var description: String {
    let treatments = [resizeText, normalizationText, augmentationText].compactMap { $0 }
    return (["\(counted(count, "image")) of \(sizes(shape))", "\(target)"] + treatments).joined(
      separator: ", ")
  }

  private var resizeText: String? {
    resize.map { "resized from \(sizes([$0.inputHeight, $0.inputWidth]))" }
  }

  private var normalizationText: String? {
    func list(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: " ") }
    return normalization.map { "normalized by mean \(list($0.mean)) and deviation \(list($0.deviation))" }
  }

  private var augmentationText: String? {
    guard let (changes, seed) = augmentation else { return nil }
    let words = [
      changes.cropPadding > 0 ? "cropped after padding by \(changes.cropPadding)" : nil,
      changes.flips ? "flipped" : nil,
    ]
    return words.compactMap { $0 }.joined(separator: " and ") + " at random with seed \(seed)"
  }
}
