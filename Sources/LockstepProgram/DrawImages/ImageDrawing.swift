import Datasets
import Foundation
import Images
import Mistakes
import Randomness
import Safetensors

/// Glyphs as image files in class folders: gray and colored, JPEG and PNG, of several sizes.
///
/// Every file is a function of the seed, the split and the image's number; of JPEG files also of the encoder's version.
struct ImageDrawing {
  /// Chooses among the sets.
  let seed: UInt64

  /// What the ten figures are called.
  static let names = (0..<SyntheticGlyphs.classes).map { "glyph \($0)" }

  /// Draws a number of images for each split.
  ///
  /// - Throws: `UserMistake` if the folder exists; `TensorFileError` with the system's reason if a file cannot be written.
  func draw(into directory: String, counts: [DatasetSplit: Int]) throws {
    guard !FileManager.default.fileExists(atPath: directory) else {
      throw UserMistake("\(directory): exists; give the name of a folder to be made")
    }
    for (split, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let glyphs = SyntheticGlyphs.generate(seed: seed, split: split, count: count)
      let side = SyntheticGlyphs.side
      for name in Self.names {
        do {
          try FileManager.default.createDirectory(
            atPath: "\(directory)/\(split.rawValue)/\(name)", withIntermediateDirectories: true)
        } catch {
          throw UserMistake(
            "\(directory)/\(split.rawValue)/\(name): cannot be made: \(error.localizedDescription)")
        }
      }
      for index in 0..<count {
        let figure = Array(glyphs.pixels[index * side * side..<(index + 1) * side * side])
        let (bytes, format) = try file(figure, index)
        let folder = "\(directory)/\(split.rawValue)/\(Self.names[Int(glyphs.label(of: index))])"
        let digits = String(index)
        let number = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        try ReplacementFile.write(bytes, to: "\(folder)/\(number).\(format.extensions[0])")
      }
    }
  }

  /// A file of a figure of 28×28 gray pixels: by its number of another kind.
  private func file(_ figure: [UInt8], _ index: Int) throws -> (bytes: [UInt8], format: ImageFormat) {
    var random = Philox(seed: seed, purpose: .synthesis, 4, index)
    let (height, width) = (Int(32 + random.uniform(below: 17)), Int(32 + random.uniform(below: 17)))
    let gray = enlarged(figure, height: height, width: width)
    switch index % 4 {
    case 0: return (try ImageEncoding.png(gray, width: width, height: height, channels: 1), .png)
    case 1: return (try ImageEncoding.jpeg(gray, width: width, height: height, channels: 1), .jpeg)
    default: break
    }
    // Ink and paper of two colors that are not too near each other.
    let ink = (0..<3).map { _ in 155 + Int(random.uniform(below: 101)) }
    let paper = (0..<3).map { _ in Int(random.uniform(below: 90)) }
    var color: [UInt8] = []
    color.reserveCapacity(3 * gray.count)
    for value in gray {
      let coverage = Int(value)
      for channel in 0..<3 {
        let sum = paper[channel] * (255 - coverage) + ink[channel] * coverage
        color.append(UInt8(sum / 255))
      }
    }
    return index % 4 == 2
      ? (try ImageEncoding.png(color, width: width, height: height, channels: 3), .png)
      : (try ImageEncoding.jpeg(color, width: width, height: height, channels: 3), .jpeg)
  }

  /// A figure at another size, each pixel that of the nearest one.
  private func enlarged(_ figure: [UInt8], height: Int, width: Int) -> [UInt8] {
    let side = SyntheticGlyphs.side
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width)
    for row in 0..<height {
      let line = row * side / height * side
      for column in 0..<width { pixels.append(figure[line + column * side / width]) }
    }
    return pixels
  }
}
