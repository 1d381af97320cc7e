import Foundation
import LockstepProgram
import Mistakes
import Safetensors
import Testing

/// What a path on the command line stands for.
@Suite struct CheckpointPathTests {
  private static let file = "step-00000470.safetensors"

  /// A run's directory with checkpoints of two steps, the second of which is the newest.
  private func withRun(_ latest: String = "\(file)\n", _ body: (_ run: String) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let run = "\(directory)/run"
      try FileManager.default.createDirectory(atPath: "\(run)/checkpoints", withIntermediateDirectories: true)
      for name in ["step-00000235.safetensors", Self.file] {
        try TensorFile(tensors: [("w", Tensor([1, 2], shape: [2]))], metadata: [:])
          .write(to: "\(run)/checkpoints/\(name)")
      }
      try Data(latest.utf8).write(to: URL(filePath: "\(run)/checkpoints/latest"))
      try body(run)
    }
  }

  private func mistake(_ path: String) throws -> String {
    try #require(throws: UserMistake.self) { try CheckpointPath.resolve(path) }.description
  }

  @Test("a run's directory, its checkpoints and their latest stand for the newest checkpoint")
  func newest() throws {
    try withRun { run in
      let newest = "\(run)/checkpoints/\(Self.file)"
      for path in [run, "\(run)/", "\(run)/checkpoints", "\(run)/checkpoints/", "\(run)/checkpoints/latest"] {
        let found = try CheckpointPath.resolve(path)
        #expect(found == newest, "\(path)")
      }
    }
  }

  @Test("a file stands for itself, and so does what is not there")
  func plain() throws {
    try withRun { run in
      for path in ["\(run)/checkpoints/step-00000235.safetensors", "\(run)/none.safetensors"] {
        let found = try CheckpointPath.resolve(path)
        #expect(found == path)
      }
    }
  }

  @Test("a directory without checkpoints says what would be right")
  func empty() throws {
    try withTemporaryDirectory { directory in
      let message = try mistake(directory)
      #expect(
        message
          == "\(directory): is a directory without checkpoints/latest; give a run's directory or a checkpoint"
      )
    }
  }

  @Test(
    "a latest that names no file beside it is refused, however it is reached",
    arguments: [
      "", "\n", "step-00000999.safetensors", "../run/checkpoints/\(file)", "/etc/passwd", "..", ".", "sub",
    ])
  func wrongLatest(name: String) throws {
    try withRun(name) { run in
      let checkpoints = "\(run)/checkpoints"
      try FileManager.default.createDirectory(atPath: "\(checkpoints)/sub", withIntermediateDirectories: true)
      for path in [run, checkpoints, "\(checkpoints)/latest"] {
        #expect(
          try mistake(path)
            == "\(checkpoints)/latest: names \"\(name == "\n" ? "" : name)\", expected the name of a checkpoint "
            + "beside it, such as \(Self.file)")
      }
    }
  }

  @Test(
    "files of another kind are named",
    arguments: [
      (
        "model.pt", [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0],
        "a PyTorch zip archive (or another one), which may hold code; save it"
      ),
      (
        "m.bin", [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9],
        "a Python pickle, which may hold code; save it"
      ),
      ("m.pkl", [0x80, 4, 0x95, 0x10, 0, 0, 0, 0, 0, 0], "a Python pickle, which may hold code; save it"),
      ("m.pkl", [0x80, 5, 0x7D, 0x94, 0x2E], "a Python pickle, which may hold code; save it"),
      ("m.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3], "gzipped data; expected a safetensors file"),
      ("m.safetensors.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 0], "gzipped data; expected a safetensors file"),
      (
        "m.h5", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file; expected a safetensors file"
      ),
    ] as [(String, [UInt8], String)])
  func otherKinds(name: String, bytes: [UInt8], kind: String) throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/\(name)"
      try Data(bytes).write(to: URL(filePath: path))
      #expect(try CheckpointPath.resolve(path) == path)
      let error = #expect(throws: TensorFileError.self) { try TensorFile(contentsOf: path) }
      #expect(error?.description.hasPrefix("\(path): is \(kind)") == true, "\(error?.description ?? "")")
    }
  }

  @Test("a latest that is no file, or far too large, is not read")
  func otherLatest() throws {
    try withRun { run in
      let latest = "\(run)/checkpoints/latest"
      try #require(truncate(latest, 1 << 40) == 0)
      #expect(
        try mistake(run) == "\(latest): has 1099511627776 bytes, expected the name of a checkpoint beside it")
      try FileManager.default.removeItem(atPath: latest)
      try #require(mkfifo(latest, 0o600) == 0)
      #expect(try mistake(run) == "\(latest): is no file, expected the name of a checkpoint beside it")
    }
  }

  @Test("a latest whose checkpoint is a link to elsewhere is refused")
  func link() throws {
    try withRun { run in
      let (checkpoint, elsewhere) = ("\(run)/checkpoints/\(Self.file)", "\(run)/elsewhere.safetensors")
      try FileManager.default.moveItem(atPath: checkpoint, toPath: elsewhere)
      try FileManager.default.createSymbolicLink(atPath: checkpoint, withDestinationPath: elsewhere)
      #expect(try mistake(run).contains("names \"\(Self.file)\", which lies elsewhere, behind a link"))
    }
  }

  @Test("the state beside a checkpoint is named")
  func state() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/step-00000470.state"
      try TensorFile(tensors: [], metadata: ["format": "lockstep-state"]).write(to: path)
      #expect(
        try mistake(path)
          == "\(path): holds the optimizer's state; give the .safetensors file beside it")
    }
  }

  /// The header's length begins with the bytes of a pickle or of gzip.
  @Test("a safetensors file is one, whatever the length of its header", arguments: [0x0280, 0x0480, 0x8B1F])
  func headerLength(length: Int) throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/model.safetensors"
      let header = "{\"__metadata__\":{\"a\":\"" + String(repeating: "x", count: length - 25) + "\"}}"
      let count = withUnsafeBytes(of: UInt64(length).littleEndian) { Array($0) }
      try Data(count + Array(header.utf8)).write(to: URL(filePath: path))
      #expect(header.utf8.count == length)
      #expect(try CheckpointPath.resolve(path) == path)
    }
  }
}
