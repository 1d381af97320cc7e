extension ImageDataset {
  /// The same samples, not augmented; it shares this one's memory.
  public var withoutRandomChanges: any SampleSource { augmented(by: Augmentation(), seed: 0) }
}
