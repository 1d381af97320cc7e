import Foundation

/// Small files in which the system tells of itself, whose sizes are not known beforehand.
enum SystemFile {
  /// The lines of a file that are not empty; nil if it cannot be read.
  static func lines(_ path: String) -> [Substring]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
  }
}
