/// Bilinear resizing of 8-bit image planes, byte for byte the result of `Image.resize(…, BILINEAR)` of Pillow before version 13.
///
/// Rows are resampled first, then columns; each pass rounds to whole bytes and is left out where the length
/// stays. This is also what torchvision's `Resize` does to a PIL image. Since version 13 Pillow resamples columns first where that
/// is cheaper, which rounds some bytes of some rectangles to their neighbours.
struct BilinearResize: Sendable {
  let inputHeight: Int
  let inputWidth: Int
  let outputHeight: Int
  let outputWidth: Int
  private let horizontal: ResamplingWeights?
  private let vertical: ResamplingWeights?

  /// Prepares the resizing of planes of one size to another; all lengths are at least 1.
  init(inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    horizontal = inputWidth == outputWidth ? nil : ResamplingWeights(from: inputWidth, to: outputWidth)
    vertical = inputHeight == outputHeight ? nil : ResamplingWeights(from: inputHeight, to: outputHeight)
  }

  /// The room that `resize` needs for the rows between its passes.
  var scratchByteCount: Int { horizontal == nil || vertical == nil ? 0 : inputHeight * outputWidth }

  /// Resizes the planes of an image.
  ///
  /// - Parameters:
  ///   - planes: [channels, input height, input width] bytes.
  ///   - scratch: `scratchByteCount` bytes that overlap nothing else.
  ///   - destination: [channels, output height, output width] bytes that overlap nothing else.
  func resize(
    _ planes: UnsafePointer<UInt8>, channels: Int, scratch: UnsafeMutablePointer<UInt8>,
    into destination: UnsafeMutablePointer<UInt8>
  ) {
    for channel in 0..<channels {
      let plane = planes + channel * inputHeight * inputWidth
      let destination = destination + channel * outputHeight * outputWidth
      switch (horizontal, vertical) {
      case (let horizontal?, let vertical?):
        resampleRows(of: plane, by: horizontal, into: scratch)
        resampleColumns(of: scratch, by: vertical, into: destination)
      case (let horizontal?, nil): resampleRows(of: plane, by: horizontal, into: destination)
      case (nil, let vertical?): resampleColumns(of: plane, by: vertical, into: destination)
      case (nil, nil): destination.update(from: plane, count: inputHeight * inputWidth)
      }
    }
  }

  private func resampleRows(
    of plane: UnsafePointer<UInt8>, by resampling: ResamplingWeights,
    into destination: UnsafeMutablePointer<UInt8>
  ) {
    resampling.withPointers { starts, counts, weights in
      for row in 0..<inputHeight {
        let source = plane + row * inputWidth
        let target = destination + row * outputWidth
        for column in 0..<outputWidth {
          let neighbours = source + starts[column]
          let weights = weights + column * resampling.stride
          var sum = ResamplingWeights.half
          for neighbour in 0..<counts[column] {
            sum &+= Int32(neighbours[neighbour]) &* weights[neighbour]
          }
          target[column] = ResamplingWeights.byte(sum)
        }
      }
    }
  }

  private func resampleColumns(
    of plane: UnsafePointer<UInt8>, by resampling: ResamplingWeights,
    into destination: UnsafeMutablePointer<UInt8>
  ) {
    let width = outputWidth
    resampling.withPointers { starts, counts, weights in
      // Sums of a short run of columns fit the stack and the first-level cache.
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 128) { sums in
        guard let sums = sums.baseAddress else { return }
        for row in 0..<outputHeight {
          let weights = weights + row * resampling.stride
          for first in stride(from: 0, to: width, by: 128) {
            let source = plane + starts[row] * width + first
            let target = destination + row * width + first
            let columns = 0..<min(128, width - first)
            for column in columns {
              sums[column] = ResamplingWeights.half
            }
            for neighbour in 0..<counts[row] {
              let bytes = source + neighbour * width
              let weight = weights[neighbour]
              for column in columns {
                sums[column] &+= Int32(bytes[column]) &* weight
              }
            }
            for column in columns {
              target[column] = ResamplingWeights.byte(sums[column])
            }
          }
        }
      }
    }
  }
}
