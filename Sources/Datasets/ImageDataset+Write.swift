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
    let window = treatment.window(sample, epoch: epoch, of: storedSize)
    let fitting = window.map { PlaneFitting($0, of: storedSize, to: treatment.size) } ?? fitting
    write(sample, by: fitting, treatment.changes(sample, epoch: epoch), into: &input)
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
    write(sample, by: fitting, PlaneChanges(placement: placement), into: &input)
  }

  private func write(
    _ sample: Int, by fitting: PlaneFitting, _ changes: PlaneChanges, into input: inout MutableSpan<Float>
  ) {
    require((0..<count).contains(sample), "sample \(sample) of \(count)")
    pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      let stored = pixels + sample * channels * storedHeight * storedWidth
      if fitting.isIdentity {
        treatment.write(stored, changes, into: &input)
        return
      }
      let room = treatment.count + fitting.scratchByteCount
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { memory in
        guard let planes = memory.baseAddress else { return }
        fitting.fit(stored, channels: channels, scratch: planes + treatment.count, into: planes)
        treatment.write(planes, changes, into: &input)
      }
    }
  }
}
