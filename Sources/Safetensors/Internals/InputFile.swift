import Foundation
import Inputs

/// A regular file that is open for reading.
///
/// It is read, not mapped: a mapped file that another process cuts short ends this one by a signal, a read one
/// throws.
struct InputFile: ~Copyable {
  let path: String
  let byteCount: Int
  private let descriptor: CInt

  init(path: String) throws(TensorFileError) {
    // Without O_NONBLOCK, opening a pipe would wait for its writer before the type can be checked.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw TensorFileError(path: path, problem: "cannot be opened: \(systemReason())")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let kind = FileKind(ofPath: path)?.description ?? "not a regular file"
      throw TensorFileError(path: path, problem: "is \(kind); a safetensors file is needed")
    }
    self.path = path
    self.byteCount = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Reads a range of the file, in bytes from its start; the range must lie within `byteCount`.
  func read(at range: Range<Int>) throws(TensorFileError) -> [UInt8] {
    try [UInt8](capacity: range.count) { (span: inout OutputSpan<UInt8>) throws(TensorFileError) in
      try span.withUnsafeMutableBufferPointer { (buffer, filledCount) throws(TensorFileError) in
        try fill(UnsafeMutableRawBufferPointer(buffer), from: range.lowerBound)
        filledCount = range.count
      }
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from offset: Int
  ) throws(TensorFileError) {
    var filledCount = 0
    while filledCount < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filledCount...])
      let readCount = pread(
        descriptor, rest.baseAddress, min(rest.count, largestTransferByteCount), off_t(offset + filledCount))
      if readCount < 0, errno == EINTR { continue }
      guard readCount >= 0 else {
        throw TensorFileError(path: path, problem: "cannot be read: \(systemReason())")
      }
      guard readCount > 0 else {
        throw TensorFileError(
          path: path,
          problem: "had \(byteCount) bytes, but was cut to \(offset + filledCount) while being read")
      }
      filledCount += readCount
    }
  }
}
