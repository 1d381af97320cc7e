/// Bilinear resizing of 8-bit image planes, byte for byte the result of Pillow's `Image.resize(…, BILINEAR)`.
///
/// Rows are resampled first, then columns; each pass rounds to whole bytes and is left out where the length
/// stays. This is also what torchvision's `Resize` does to a PIL image.
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

  /// The room that `resize` needs: the rows between the passes, then the resized plane.
  var scratchByteCount: Int {
    (horizontal == nil ? 0 : inputHeight * outputWidth) + (vertical == nil ? 0 : outputHeight * outputWidth)
  }

  /// Resizes one plane.
  ///
  /// - Parameters:
  ///   - plane: [input height, input width] bytes.
  ///   - scratch: `scratchByteCount` bytes that overlap nothing else.
  /// - Returns: where the [output height, output width] bytes are: in `scratch`, or `plane` itself if no size
  ///   changes.
  func resize(_ plane: UnsafePointer<UInt8>, scratch: UnsafeMutablePointer<UInt8>) -> UnsafePointer<UInt8> {
    var plane = plane
    var scratch = scratch
    if let horizontal {
      resampleRows(of: plane, by: horizontal, into: scratch)
      plane = UnsafePointer(scratch)
      scratch += inputHeight * outputWidth
    }
    if let vertical {
      resampleColumns(of: plane, by: vertical, into: scratch)
      plane = UnsafePointer(scratch)
    }
    return plane
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
