import Foundation

/// What a directory holds, in the order of the names' bytes.
///
/// That is the order of code points, in which Python sorts names; Swift's own takes "ü" as one letter however it is written, and
/// file systems do not.
struct DirectoryListing {
  /// The names of directories, links to such included.
  private(set) var directories: [String] = []
  /// The names of all else.
  private(set) var files: [String] = []

  /// Lists a directory, without names that begin with a dot.
  ///
  /// - Throws: `DatasetError` if it cannot be read or holds a name that is no text.
  init(_ path: String) throws(DatasetError) {
    guard let directory = opendir(path) else {
      let reason = errno
      throw reason == ENOENT || reason == ENOTDIR
        ? .missingDirectory(path: path) : .unreadable(file: path, reason: String(cString: strerror(reason)))
    }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { name in Array(name.prefix { $0 != 0 }) }
      guard bytes.first != UInt8(ascii: ".") else { continue }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw .unreadable(
          file: "\(path)/\(String(decoding: bytes, as: UTF8.self))",
          reason: "its name is no UTF-8; rename it")
      }
      if Self.isDirectory("\(path)/\(name)") {
        directories.append(name)
      } else {
        files.append(name)
      }
    }
    directories.sort(by: precedes)
    files.sort(by: precedes)
  }

  /// Whether a path is that of a directory, or of a link to one.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

/// Whether a name stands before another by the bytes of their UTF-8.
func precedes(_ name: String, _ other: String) -> Bool {
  name.utf8.lexicographicallyPrecedes(other.utf8)
}
