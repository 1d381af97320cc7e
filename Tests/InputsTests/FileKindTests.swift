import Foundation
import Inputs
import Testing

/// What lies at a path.
@Suite struct FileKindTests {
  private func withDirectory(_ body: (_ directory: String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory.path)
  }

  @Test("a directory, a pipe, and a device are told without being opened")
  func noFiles() throws {
    try withDirectory { directory in
      #expect(FileKind(ofPath: directory) == .directory)
      #expect(mkfifo("\(directory)/pipe", 0o600) == 0)
      #expect(FileKind(ofPath: "\(directory)/pipe") == .pipe)
      #expect(FileKind(ofPath: "/dev/zero") == .device)
      #expect(FileKind(ofPath: "\(directory)/none") == nil)
    }
  }

  @Test(
    "files are told by their first bytes",
    arguments: [
      ([0x50, 0x4B, 3, 4], .zip), ([0x80, 4, 0x95], .pickle), ([0x1F, 0x8B, 8], .gzip),
      ([0x89, 0x48, 0x44, 0x46], .hdf5), ([0, 0, 8, 3, 0, 0, 0, 1], .idx), ([0x25, 0x50, 0x44, 0x46], .pdf),
      ([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .safetensors),
      ([0x80, 2, 0, 0, 0, 0, 0, 0, 0x7B, 0x22], .safetensors), ([], nil), ([0x6D, 0x6F], nil),
    ] as [([UInt8], FileKind?)])
  func beginnings(bytes: [UInt8], kind: FileKind?) throws {
    #expect(FileKind(head: bytes) == kind)
    try withDirectory { directory in
      try Data(bytes).write(to: URL(filePath: "\(directory)/file"))
      #expect(FileKind(ofPath: "\(directory)/file") == kind)
    }
  }

  @Test("a name stays in its directory, and so does what it links to")
  func beside() throws {
    try withDirectory { directory in
      let (inside, outside) = ("\(directory)/inside", "\(directory)/outside")
      try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: false)
      try Data().write(to: URL(filePath: "\(inside)/file"))
      try Data().write(to: URL(filePath: outside))
      for (name, target) in [("near", "file"), ("far", outside), ("lost", "none")] {
        try FileManager.default.createSymbolicLink(atPath: "\(inside)/\(name)", withDestinationPath: target)
      }
      for name in ["file", "near"] { #expect(FileBeside.path(of: name, in: inside) == "\(inside)/\(name)") }
      for name in ["far", "lost", "none", "", ".", "..", "../outside", "./file", "file\0x"] {
        #expect(FileBeside.path(of: name, in: inside) == nil, "\(name)")
      }
    }
  }
}
