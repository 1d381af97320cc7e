import Foundation

/// The kind of what lies at a path, so far as it can be told without reading it as what was expected.
///
/// Every reader that was given something else asks here, so that all of them call it by the same words.
package enum FileKind: Hashable, CaseIterable, Sendable {
  case directory, pipe, device, socket
  case zip, pickle, gzip, hdf5, safetensors, idx, numPy, png, jpeg, gif, webP, tiff, bitmap, bzip2, xz,
    zstandard, parquet, program,
    pdf

  /// Tells what lies at a path; nil if nothing is there, or a file whose first bytes say nothing.
  ///
  /// Only a regular file is opened: a pipe would wait for its writer.
  package init?(ofPath path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: self = .directory
    case S_IFIFO: self = .pipe
    case S_IFSOCK: self = .socket
    case S_IFCHR, S_IFBLK: self = .device
    default:
      guard let file = FileHandle(forReadingAtPath: path) else { return nil }
      defer { try? file.close() }
      guard let head = try? file.read(upToCount: Self.headByteCount) else { return nil }
      self.init(head: Array(head))
    }
  }

  /// The most bytes that are looked at.
  package static let headByteCount = 16

  /// Tells what a file is by its first bytes; nil if they say nothing.
  ///
  /// A safetensors file begins with the length of its header in eight bytes and a brace: the length alone may begin like
  /// a file of another kind.
  package init?(head bytes: some Collection<UInt8>) {
    let bytes = Array(bytes.prefix(Self.headByteCount))
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if bytes.count > 8, length <= 100_000_000, bytes[8] == UInt8(ascii: "{") {
      self = .safetensors
    } else if bytes.count > 1, bytes[0] == 0x80, (2...5).contains(bytes[1]) {
      self = .pickle
    } else if bytes.count > 3, bytes[0] == 0, bytes[1] == 0, (8...14).contains(bytes[2]), bytes[3] > 0 {
      self = .idx
    } else if bytes.count > 11, bytes.starts(with: "RIFF".utf8), bytes[8...].starts(with: "WEBP".utf8) {
      self = .webP
    } else if bytes.count > 9, bytes.starts(with: "BM".utf8), bytes[6..<10].allSatisfy({ $0 == 0 }) {
      // Two letters alone are too common.
      self = .bitmap
    } else if let known = Self.beginnings.first(where: { bytes.starts(with: $0.bytes) }) {
      self = known.kind
    } else {
      return nil
    }
  }

  private static let beginnings: [(bytes: [UInt8], kind: FileKind)] = [
    ([0x50, 0x4B, 3, 4], .zip), ([0x1F, 0x8B], .gzip), ([0x89] + Array("HDF".utf8), .hdf5),
    ([0x93] + Array("NUMPY".utf8), .numPy), ([0x89] + Array("PNG".utf8), .png), ([0xFF, 0xD8, 0xFF], .jpeg),
    (Array("GIF8".utf8), .gif),
    (Array("II*\0".utf8), .tiff), (Array("MM\0*".utf8), .tiff), (Array("BZh".utf8), .bzip2),
    ([0xFD] + Array("7zXZ".utf8), .xz), ([0x28, 0xB5, 0x2F, 0xFD], .zstandard),
    (Array("PAR1".utf8), .parquet), ([0x7F] + Array("ELF".utf8), .program), (Array("%PDF".utf8), .pdf),
  ]

  /// Whether this is no file of bytes at all.
  package var isRegularFile: Bool { ![.directory, .pipe, .device, .socket].contains(self) }
}

extension FileKind: CustomStringConvertible {
  /// What it is, as a message says it behind "is": "an HDF5 file".
  package var description: String {
    switch self {
    case .directory: "a directory"
    case .pipe: "a named pipe, not a file"
    case .device: "a device, not a file"
    case .socket: "a socket, not a file"
    case .zip: "a PyTorch zip archive (or another one), which may hold code"
    case .pickle: "a Python pickle, which may hold code"
    case .gzip: "gzipped data"
    case .hdf5: "an HDF5 file"
    case .safetensors: "a safetensors file"
    case .idx: "an IDX file"
    case .numPy: "a NumPy file"
    case .png: "a PNG image"
    case .jpeg: "a JPEG image"
    case .gif: "a GIF image"
    case .webP: "a WebP image"
    case .tiff: "a TIFF image"
    case .bitmap: "a Windows bitmap"
    case .bzip2: "data compressed by bzip2"
    case .xz: "data compressed by xz"
    case .zstandard: "data compressed by zstd"
    case .parquet: "a Parquet file"
    case .program: "a program"
    case .pdf: "a PDF document"
    }
  }
}
