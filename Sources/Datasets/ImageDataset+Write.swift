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
    let placement = augmentation.map { $0.changes.placement(seed: $0.seed, epoch: epoch, sample: sample) }
    write(sample, at: placement ?? .identity, into: &input)
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
    let valueCount = channels * height * width
    require(input.count == valueCount, "given room for \(input.count) values but \(valueCount) needed")
    input.withUnsafeMutableBufferPointer { input in
      guard let input = input.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: resize?.scratchByteCount ?? 0) { scratch in
        write(sample, at: placement, to: input, scratch: scratch)
      }
    }
  }

  /// Writes a sample to memory that has room for it, resizing it in `scratch`.
  private func write(
    _ sample: Int, at placement: Augmentation.Placement, to input: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableBufferPointer<UInt8>
  ) {
    let storedArea = storedHeight * storedWidth
    let area = height * width
    pixels.withUnsafeBufferPointer { pixels in
      values.withUnsafeBufferPointer { values in
        guard let pixels = pixels.baseAddress, let values = values.baseAddress else { return }
        for channel in 0..<channels {
          var plane = pixels + (sample * channels + channel) * storedArea
          if let resize, let scratch = scratch.baseAddress {
            plane = resize.resize(plane, scratch: scratch)
          }
          let values = values + channel * 256
          let target = input + channel * area
          guard placement == .identity else {
            place(plane, values, at: placement, to: target)
            continue
          }
          for position in 0..<area {
            target[position] = values[Int(plane[position])]
          }
        }
      }
    }
  }

  /// Writes one channel, cropped and mirrored.
  private func place(
    _ plane: UnsafePointer<UInt8>, _ values: UnsafePointer<Float>, at placement: Augmentation.Placement,
    to target: UnsafeMutablePointer<Float>
  ) {
    let (height, width) = (height, width)
    for row in 0..<height {
      let source = row + placement.rowShift
      for column in 0..<width {
        let from = (placement.isMirrored ? width - 1 - column : column) + placement.columnShift
        let isInside = source >= 0 && source < height && from >= 0 && from < width
        target[row * width + column] = values[isInside ? Int(plane[source * width + from]) : 0]
      }
    }
  }
}
