import Foundation
import Images
import Testing

extension EndToEndTests {
  /// Pixels of drawn files against Pillow itself; the golden files of ImagesTests have every kind of image.
  @Suite(.enabled(if: Pillow.isInstalled, "needs a Python with Pillow and NumPy, named by LOCKSTEP_PYTHON"))
  struct PillowTests {
    @Test("Pillow decodes the drawn files to the same bytes, as color and as gray")
    func drawnFiles() throws {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ranks: nil, ["draw-images", "photos", "--train", "60", "--test", "10"], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        for name in contents(of: directory.appending(path: "photos/train")) where name.contains(".") {
          let flat = name.replacingOccurrences(of: "/", with: " ")
          try write(
            Array(Data(contentsOf: directory.appending(path: "photos/train/\(name)"))), "flat/\(flat)",
            directory)
        }
        let files = try Pillow.files(in: directory.appending(path: "flat"))
        try #require(files.count == 60)
        for file in files {
          let bytes = try Array(Data(contentsOf: directory.appending(path: "flat/\(file.name)")))
          for (channels, hash) in [(3, file.rgb), (1, file.gray)] {
            let image = try bytes.withUnsafeBufferPointer { try DecodedImage($0, channels: channels) }
            #expect(image.width == file.width && image.height == file.height, "\(file.name)")
            #expect(Pillow.hash(image.pixels) == hash, "\(file.name)")
          }
        }
      }
    }
  }
}

/// Pillow, by the script that writes the golden files of ImagesTests.
private enum Pillow {
  /// A file as Pillow decodes it.
  struct File: Decodable {
    let name: String
    let width: Int
    let height: Int
    let rgb: String
    let gray: String
  }

  static let isInstalled: Bool = {
    let ending = try? RunningProgram(
      [PyTorch.python, "-c", "import numpy, PIL.Image"], in: nil, environment: PyTorch.environment
    )
    .wait()
    return ending?.status == 0
  }()

  /// All files of a folder.
  static func files(in directory: URL) throws -> [File] {
    let script = SmallRun.repository.appending(path: "Tests/ImagesTests/Golden/make_golden.py")
    let ending = try RunningProgram(
      [PyTorch.python, script.path, "--check", directory.path], in: nil, environment: PyTorch.environment
    )
    .wait()
    try #require(ending.status == 0, "\(ending.errors)")
    return try ending.output.split(separator: "\n").map {
      try JSONDecoder().decode(File.self, from: Data($0.utf8))
    }
  }

  /// The 64-bit FNV-1a hash, in hexadecimal digits.
  static func hash(_ bytes: [UInt8]) -> String {
    let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
