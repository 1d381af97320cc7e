import Mistakes

extension ImageDataset {
  /// The number of bytes that `write(sample:into:scratch:)` needs to work in; 0 unless images are resized.
  public var scratchByteCount: Int { resize?.scratchByteCount ?? 0 }

  /// Writes a sample as floating-point numbers, without allocating memory.
  ///
  /// Each value is byte ÷ 255, as torchvision's `ToTensor` makes it, then normalized if this dataset is.
  /// Several threads may write samples at once, each with a destination and a scratch of its own.
  ///
  /// - Parameters:
  ///   - index: the sample, 0 ..< `count`.
  ///   - destination: room for [channels, height, width] values, row-major.
  ///   - scratch: at least `scratchByteCount` bytes, whose contents do not matter.
  ///   - placement: how the image is cropped and mirrored; what lies outside of it is black.
  /// - Complexity: O(channels · (stored height · width + height · width)); 28×28 to 96×96 pixels takes about
  ///   10 µs.
  public func write(
    sample index: Int, into destination: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableBufferPointer<UInt8>, placement: Augmentation.Placement = .identity
  ) {
    require((0..<count).contains(index), "sample \(index) of \(count)")
    require(
      scratch.count >= scratchByteCount, "\(scratch.count) bytes of scratch but \(scratchByteCount) needed")
    let storedArea = storedHeight * storedWidth
    let area = height * width
    pixels.withUnsafeBufferPointer { pixels in
      values.withUnsafeBufferPointer { values in
        guard let pixels = pixels.baseAddress, let values = values.baseAddress else { return }
        for channel in 0..<channels {
          var plane = pixels + (index * channels + channel) * storedArea
          if let resize, let scratch = scratch.baseAddress {
            plane = resize.resize(plane, scratch: scratch)
          }
          let values = values + channel * 256
          let target = destination + channel * area
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

  /// Writes a sample as floating-point numbers; allocates scratch memory if images are resized.
  ///
  /// - Parameters:
  ///   - index: the sample, 0 ..< `count`.
  ///   - destination: room for [channels, height, width] values, row-major.
  public func write(sample index: Int, into destination: UnsafeMutablePointer<Float>) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: scratchByteCount) { scratch in
      write(sample: index, into: destination, scratch: scratch)
    }
  }
}
