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
  /// How images become planes.
  package let fit: ImageFit
  /// The size of the planes that results.
  package let size: PixelSize

  /// Reads files as planes of a size that is at least 1×1 pixels; the channels are 1 or 3.
  package init(paths: [String], channels: Int, fit: ImageFit, size: PixelSize) {
    (self.paths, self.channels, self.fit, self.size) = (paths, channels, fit, size)
  }

  /// The bytes of an image's planes.
  package var byteCount: Int { channels * size.height * size.width }

  /// Decodes a file.
  ///
  /// - Parameters:
  ///   - index: the file.
  ///   - window: the part of the image that is resized to the planes' size; nil for the image as `fit` says.
  ///   - planes: [channels, height, width] bytes.
  /// - Throws: `DatasetError` that names the file and what is wrong with it, also if it has not the size that is expected.
  package func read(
    _ index: Int, window: PixelBox? = nil, into planes: UnsafeMutablePointer<UInt8>
  ) throws(DatasetError) {
    let bytes = try FileBytes.read(paths[index])
    var image: DecodedImage?
    var failure: ImageError?
    bytes.withUnsafeBufferPointer { bytes in
      do throws(ImageError) { image = try DecodedImage(bytes, channels: channels) } catch { failure = error }
    }
    guard let image else { throw .brokenImage(file: paths[index], problem: failure?.description ?? "") }
    let stored = PixelSize(height: image.height, width: image.width)
    guard
      window?.isInside(stored)
        ?? (fit.holds(stored) && !fit.isTooLarge(stored) && fit.written(stored) == size)
    else {
      throw .brokenImage(
        file: paths[index], problem: "has changed while it was used: it is \(stored.text) now")
    }
    let fitting =
      window.map { PlaneFitting($0, of: stored, to: size) } ?? PlaneFitting(fit, stored)
    image.pixels.withUnsafeBufferPointer { pixels in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(1, fitting.scratchByteCount)) { scratch in
        guard let pixels = pixels.baseAddress, let scratch = scratch.baseAddress else { return }
        fitting.fit(pixels, channels: channels, scratch: scratch, into: planes)
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
