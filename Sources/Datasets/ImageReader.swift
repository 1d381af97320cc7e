import Images
import Mistakes

/// Image files as planes of one size.
///
/// Whoever applies a model to files reads them so, and writes the planes by the ``ImageTreatment`` of the training.
package struct ImageReader: Sendable {
  /// The files.
  package let paths: [String]
  /// 1 or 3.
  package let channels: Int
  /// The height of the planes in pixels.
  package let height: Int
  /// The width of the planes in pixels.
  package let width: Int

  /// Reads files as planes of a size; all numbers are at least 1, and the channels 1 or 3.
  package init(paths: [String], channels: Int, height: Int, width: Int) {
    (self.paths, self.channels, self.height, self.width) = (paths, channels, height, width)
  }

  /// The bytes of an image's planes.
  package var byteCount: Int { channels * height * width }

  /// Decodes a file.
  ///
  /// - Parameter planes: [channels, height, width] bytes.
  /// - Throws: `DatasetError` that names the file and what is wrong with it.
  package func read(_ index: Int, into planes: UnsafeMutablePointer<UInt8>) throws(DatasetError) {
    let bytes = try FileBytes.read(paths[index])
    var image: DecodedImage?
    var failure: ImageError?
    bytes.withUnsafeBufferPointer { bytes in
      do throws(ImageError) { image = try DecodedImage(bytes, channels: channels) } catch { failure = error }
    }
    guard let image else { throw .brokenImage(file: paths[index], problem: failure?.description ?? "") }
    fit(image, into: planes)
  }

  /// Brings an image to the planes' size: the one place to say how.
  private func fit(_ image: DecodedImage, into planes: UnsafeMutablePointer<UInt8>) {
    let resize = BilinearResize(
      inputHeight: image.height, inputWidth: image.width, outputHeight: height, outputWidth: width)
    image.pixels.withUnsafeBufferPointer { pixels in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(1, resize.scratchByteCount)) { scratch in
        guard let pixels = pixels.baseAddress, let scratch = scratch.baseAddress else { return }
        resize.resize(pixels, channels: channels, scratch: scratch, into: planes)
      }
    }
  }

  /// Decodes all files by all threads.
  ///
  /// - Returns: [file, channel, row, column] bytes.
  /// - Throws: `DatasetError` that names the first file that is damaged.
  func readAll() throws(DatasetError) -> [UInt8] {
    var failure: DatasetError?
    let pixels = [UInt8](unsafeUninitializedCapacity: paths.count * byteCount) { pixels, count in
      guard let start = pixels.baseAddress else { return }
      let memory = Memory(start: start)
      do throws(DatasetError) {
        try forEach(below: paths.count) { index throws(DatasetError) in
          try read(index, into: memory.start + index * byteCount)
        }
        count = paths.count * byteCount
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return pixels
  }

  /// Memory of which each thread writes another part.
  private struct Memory: @unchecked Sendable {
    let start: UnsafeMutablePointer<UInt8>
  }
}
