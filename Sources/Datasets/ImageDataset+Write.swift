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
  /// - Complexity: O(channels · (stored height · width + height · width)); 28×28 to 96×96 pixels takes about
  ///   10 µs.
  public func write(
    sample index: Int, into destination: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition((0..<count).contains(index), "sample \(index) of \(count)")
    precondition(
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
          for position in 0..<area {
            target[position] = values[Int(plane[position])]
          }
        }
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
