import Mistakes

extension ImageDataset {
  /// Writes a sample as floating-point numbers.
  ///
  /// Each value is byte ÷ 255, as torchvision's `ToTensor` makes it, then normalized if this dataset is.
  ///
  /// - Parameters:
  ///   - sample: 0 ..< `count`.
  ///   - epoch: from 0; without augmentation it does not matter.
  ///   - input: [channels, height, width] values, row-major.
  /// - Complexity: O(channels · (stored height · width + height · width)); 28×28 to 96×96 pixels takes about
  ///   10 µs. Resizing allocates (stored height + height) · width bytes, small ones on the stack.
  public func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
    write(sample, at: treatment.placement(sample, epoch: epoch), into: &input)
  }

  /// Writes a sample, cropped and mirrored.
  ///
  /// - Parameters:
  ///   - sample: 0 ..< `count`.
  ///   - placement: how the image is cropped and mirrored; what lies outside of it is black.
  ///   - input: [channels, height, width] values, row-major.
  package func write(
    _ sample: Int, at placement: Augmentation.Placement, into input: inout MutableSpan<Float>
  ) {
    require((0..<count).contains(sample), "sample \(sample) of \(count)")
    pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      let stored = pixels + sample * channels * storedHeight * storedWidth
      guard let resize else {
        treatment.write(stored, at: placement, into: &input)
        return
      }
      let room = treatment.count + resize.scratchByteCount
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { memory in
        guard let planes = memory.baseAddress else { return }
        resize.resize(stored, channels: channels, scratch: planes + treatment.count, into: planes)
        treatment.write(planes, at: placement, into: &input)
      }
    }
  }
}
