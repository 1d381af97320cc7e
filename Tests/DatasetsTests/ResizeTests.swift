import Datasets
import Foundation
import Testing

@Suite("Bilinear resizing")
struct ResizeTests {
  /// A case of Golden/resize.json, which Golden/make_golden.py wrote with Pillow.
  struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
    let inputSize: [Int]
    let outputSize: [Int]
    let input: Data
    let output: Data?
    let outputHash: String

    var testDescription: String { "\(inputSize) to \(outputSize)" }
  }

  static func goldenCases() throws -> [GoldenCase] {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Golden/resize.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode([GoldenCase].self, from: Data(contentsOf: url))
  }

  @Test("Bytes equal Pillow's", arguments: try goldenCases())
  func equalsPillow(golden: GoldenCase) throws {
    let resized = image([UInt8](golden.input), height: golden.inputSize[0], width: golden.inputSize[1])
      .resized(height: golden.outputSize[0], width: golden.outputSize[1])
    #expect([resized.height, resized.width] == golden.outputSize)
    let found = bytes(of: resized, sample: 0)
    if let output = golden.output {
      #expect(found == [UInt8](output))
    }
    let expected = try #require(UInt64(golden.outputHash, radix: 16))
    #expect(fnv1a(found) == expected)
  }

  @Test("The golden file has the sizes that models are trained at")
  func goldenCoverage() throws {
    let sizes = try Self.goldenCases().map { [$0.inputSize[0], $0.outputSize[0]] }
    #expect(Set(sizes).isSuperset(of: [[28, 96], [28, 32], [28, 14], [96, 28], [32, 224]]))
  }

  @Test("A constant image stays constant", arguments: [0, 1, 77, 254, 255] as [UInt8])
  func constantStaysConstant(level: UInt8) {
    for (from, to) in [(1, 5), (7, 3), (28, 96), (28, 29), (200, 3)] {
      let resized = image([UInt8](repeating: level, count: from * from), height: from, width: from)
        .resized(height: to, width: to)
      #expect(bytes(of: resized, sample: 0).allSatisfy { $0 == level }, "\(from) to \(to)")
    }
  }

  @Test("Resizing commutes with mirroring and transposing an image")
  func symmetries() {
    let height = 9
    let width = 14
    let pixels = (0..<(height * width)).map { UInt8(truncatingIfNeeded: $0 * $0 * 37 + $0) }
    let plain = bytes(
      of: image(pixels, height: height, width: width).resized(height: 20, width: 14), sample: 0)
    let mirrored = bytes(
      of: image(pixels.reversed(), height: height, width: width).resized(height: 20, width: 14), sample: 0)
    #expect(mirrored == plain.reversed())
    // One pass only, because the order of two passes, each rounded, matters.
    let turned = bytes(
      of: image(transposed(pixels, height: height, width: width), height: width, width: height)
        .resized(height: 14, width: 20), sample: 0)
    #expect(turned == transposed(plain, height: 20, width: 14))
  }

  @Test("Channels are resized each by itself")
  func channelsAreIndependent() {
    let planes = (0..<3).map { channel in (0..<63).map { UInt8(truncatingIfNeeded: $0 * 41 + channel * 99) } }
    let colour = ImageDataset(
      pixels: planes.flatMap { $0 }, labels: [0], channels: 3, height: 7, width: 9, classes: 1
    ).resized(height: 12, width: 5)
    let separate = planes.flatMap { plane in
      bytes(of: image(plane, height: 7, width: 9).resized(height: 12, width: 5), sample: 0)
    }
    #expect(bytes(of: colour, sample: 0) == separate)
  }

  @Test("Resizing starts from the stored images, not from an earlier resizing")
  func resizingReplaces() {
    let glyphs = SyntheticGlyphs.generate(seed: 0, split: .train, count: 1)
    let twice = glyphs.resized(height: 5, width: 5).resized(height: 28, width: 28)
    #expect(twice.description == glyphs.description)
    #expect(bytes(of: twice, sample: 0) == bytes(of: glyphs, sample: 0))
  }

  private func image(_ pixels: [UInt8], height: Int, width: Int) -> ImageDataset {
    ImageDataset(pixels: pixels, labels: [0], channels: 1, height: height, width: width, classes: 1)
  }

  private func transposed(_ pixels: [UInt8], height: Int, width: Int) -> [UInt8] {
    (0..<width).flatMap { column in (0..<height).map { row in pixels[row * width + column] } }
  }
}
