import Foundation
import Safetensors
import Testing

@Suite("Writing replaces a file whole or not at all")
struct ReplacementTests {
  private func entries(of directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  @Test("takes the old file's place and leaves nothing beside it")
  func replaces() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/model.safetensors"
      for seed in 0..<5 as Range<UInt64> {
        let file = randomFile(seed: seed)
        try file.write(to: path)
        #expect(try TensorFile(contentsOf: path) == file)
        #expect(try TensorFile(contentsOf: path).path == path)
        #expect(try entries(of: directory) == ["model.safetensors"])
      }
    }
  }

  @Test("does not disturb a reader that has the old file open")
  func oldReader() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/model.safetensors"
      try randomFile(seed: 5).write(to: path)
      let old = try Data(contentsOf: URL(filePath: path))
      let reader = try #require(FileHandle(forReadingAtPath: path))
      try randomFile(seed: 8).write(to: path)
      #expect(try reader.readToEnd() == old)
      #expect(try Data(contentsOf: URL(filePath: path)) != old)
    }
  }

  @Test("is not stopped by what a killed process left, and does not touch it")
  func leftovers() throws {
    try withTemporaryDirectory { directory in
      let leftover = ".safetensors-\(getpid())-0.partial"
      try Data([1, 2, 3]).write(to: URL(filePath: "\(directory)/\(leftover)"))
      let file = randomFile(seed: 5)
      try file.write(to: "\(directory)/model.safetensors")
      #expect(try TensorFile(contentsOf: "\(directory)/model.safetensors") == file)
      #expect(try entries(of: directory) == [leftover, "model.safetensors"])
      #expect(try Data(contentsOf: URL(filePath: "\(directory)/\(leftover)")) == Data([1, 2, 3]))
    }
  }

  @Test("names the path and the reason if it fails, and leaves no temporary file")
  func failure() throws {
    func message(_ path: String) throws -> String {
      let error = #expect(throws: TensorFileError.self) { try randomFile(seed: 5).write(to: path) }
      return try #require(error).description
    }
    try withTemporaryDirectory { directory in
      let homeless = "\(directory)/missing/model.safetensors"
      #expect(try message(homeless) == "\(homeless): cannot be written: No such file or directory")

      // Renaming over a directory fails after everything has been written.
      let occupied = "\(directory)/occupied"
      try FileManager.default.createDirectory(atPath: occupied, withIntermediateDirectories: false)
      #expect(try message(occupied) == "\(occupied): cannot be written: Is a directory")
      #expect(try entries(of: directory) == ["occupied"])
      #expect(try entries(of: occupied) == [])
    }
  }
}
