import Foundation

/// A file that takes the place of another one, whole or not at all.
///
/// Until `commit` it is a temporary file in the same directory; without `commit` it disappears.
package struct ReplacementFile: ~Copyable {
  private let path: String
  private let directory: String
  private let temporaryPath: String
  private let descriptor: CInt
  private var isCommitted = false

  /// Writes a whole file: a reader, or a crash at any moment, finds the old one or the new one.
  ///
  /// - Throws: `TensorFileError` with the system's reason.
  package static func write(_ bytes: [UInt8], to path: String) throws(TensorFileError) {
    var file = try ReplacementFile(of: path)
    try file.write(bytes)
    try file.commit()
  }

  /// Makes the temporary file.
  ///
  /// - Parameter path: the file to make or to replace, which errors name.
  init(of path: String) throws(TensorFileError) {
    // The file system decides whether the directory exists, so the text is cut and never interpreted.
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    var attempt = 0
    while true {
      // A process that was killed may have left a file of this name, and containers use numbers again.
      let temporaryPath = "\(directory).lockstep-\(getpid())-\(attempt).partial"
      let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        self.path = path
        self.directory = directory
        self.temporaryPath = temporaryPath
        self.descriptor = descriptor
        return
      }
      guard errno == EEXIST || errno == EINTR, attempt < 1_000 else {
        throw TensorFileError(path: path, problem: "cannot be written: \(systemReason())")
      }
      attempt += 1
    }
  }

  deinit {
    close(descriptor)
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Appends bytes.
  func write(_ bytes: [UInt8]) throws(TensorFileError) {
    var writtenCount = 0
    while writtenCount < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[writtenCount...])
        return FileWriting.write(descriptor, rest.baseAddress, min(rest.count, largestTransferByteCount))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw TensorFileError(path: path, problem: "cannot be written: \(systemReason())")
      }
      writtenCount += count
    }
  }

  /// Brings the bytes to the disk and puts the file in its place.
  ///
  /// If an error comes from the very last step, the directory's, the file is in its place already.
  mutating func commit() throws(TensorFileError) {
    try check(fsync(descriptor))
    try check(rename(temporaryPath, path))
    isCommitted = true

    // The new name is an entry of the directory, which reaches the disk by itself only later.
    let directoryDescriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    try check(directoryDescriptor)
    defer { close(directoryDescriptor) }
    // Some network file systems cannot synchronize a directory and say EINVAL.
    if fsync(directoryDescriptor) != 0, errno != EINVAL {
      throw TensorFileError(path: path, problem: "cannot be brought to the disk: \(systemReason())")
    }
  }

  private func check(_ result: CInt) throws(TensorFileError) {
    guard result >= 0 else {
      throw TensorFileError(path: path, problem: "cannot be written: \(systemReason())")
    }
  }
}
