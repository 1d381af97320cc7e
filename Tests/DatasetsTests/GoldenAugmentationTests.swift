import Datasets
import Foundation
import Testing

/// Random changes with the numbers that torchvision drew: Golden/augmentation.json, which Golden/make_augmentation.py wrote.
@Suite struct GoldenAugmentationTests {
  struct Golden: Decodable {
    let fits: [Fit]
    let resizedCrops: [ResizedCrop]
    let affineMaps: [AffineMap]
    let colors: [Colors]
    let erasings: [Erasing]
  }

  struct Fit: Decodable, Sendable, CustomTestStringConvertible {
    let channels: Int
    let size: [Int]
    let resize: [Int]?
    let crop: [Int]?
    let output: [Int]
    let hash: String
    var testDescription: String { "\(size) by \(resize ?? []) and \(crop ?? [])" }
  }

  struct ResizedCrop: Decodable, Sendable {
    let channels: Int
    let size: [Int]
    let share: [Double]
    let uniforms: [Double]
    let integers: [Int]
    let box: [Int]
    let hash: String
  }

  struct AffineMap: Decodable, Sendable {
    let channels: Int
    let size: [Int]
    let degrees: Double
    let shift: [Int]
    let scale: Double
    let shear: Double
    let hash: String
  }

  struct Colors: Decodable, Sendable {
    struct Step: Decodable, Sendable {
      let kind: ColorChange.Kind
      let factor: Float

      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        kind = try #require(ColorChange.Kind(rawValue: list.decode(String.self)))
        factor = try list.decode(Float.self)
      }
    }
    let channels: Int
    let size: [Int]
    let steps: [Step]
    let hash: String
  }

  struct Erasing: Decodable, Sendable {
    let size: [Int]
    let share: [Double]
    let uniforms: [Double]
    let integers: [Int]
    let box: [Int]?
  }

  static func golden() throws -> Golden {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Golden/augmentation.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Golden.self, from: Data(contentsOf: url))
  }

  /// The image of the script: [channel, row, column] bytes.
  private func pixels(_ channels: Int, _ size: [Int]) -> [UInt8] {
    (0..<channels).flatMap { channel in
      (0..<size[0]).flatMap { row in
        (0..<size[1]).map { UInt8(truncatingIfNeeded: 31 * channel + 5 * row * row + 3 * $0 * row + 7 * $0) }
      }
    }
  }

  private func dataset(_ channels: Int, _ size: [Int]) -> ImageDataset {
    ImageDataset(
      pixels: pixels(channels, size), labels: [0], channels: channels, height: size[0], width: size[1],
      classes: 2)
  }

  private func size(_ sides: [Int]) -> PixelSize { PixelSize(height: sides[0], width: sides[1]) }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = String(fnv1a(bytes), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Draws what torch has drawn, in that order; `isUsedUp` tells whether all of it was.
  private final class Replay {
    private var uniforms: ArraySlice<Double>
    private var integers: ArraySlice<Int>

    init(_ uniforms: [Double], _ integers: [Int]) {
      (self.uniforms, self.integers) = (uniforms[...], integers[...])
    }

    var isUsedUp: Bool { uniforms.isEmpty && integers.isEmpty }

    var draw: AugmentationDraw {
      AugmentationDraw(
        uniform: { range in
          let number = self.uniforms.popFirst() ?? .nan
          // Torch draws in single precision.
          #expect(number > range.lowerBound - 1e-6 && number < range.upperBound + 1e-6)
          return number
        },
        integer: { bound in
          let number = self.integers.popFirst() ?? -1
          #expect((0..<bound).contains(number))
          return number
        })
    }
  }

  @Test("Resize and CenterCrop", arguments: try golden().fits)
  func fits(golden: Fit) throws {
    let resizing: ImageFit.Resizing =
      switch golden.resize {
      case nil: .none
      case let sides? where sides.count == 1: .shorterSide(sides[0])
      case let sides?: .size(size(sides))
      }
    let fitted = dataset(golden.channels, golden.size).fitted(
      by: ImageFit(resizing, centerCrop: golden.crop.map(size)))
    #expect([fitted.height, fitted.width] == golden.output)
    #expect(hexadecimal(bytes(of: fitted, sample: 0)) == golden.hash)
  }

  @Test("RandomResizedCrop: the part that is drawn, and its pixels", arguments: try golden().resizedCrops)
  func resizedCrops(golden: ResizedCrop) {
    let replay = Replay(golden.uniforms, golden.integers)
    let box = RandomResizedCrop(share: golden.share[0]...golden.share[1]).box(
      of: size(golden.size), replay.draw)
    #expect([box.top, box.left, box.height, box.width] == golden.box)
    #expect(replay.isUsedUp)
    // Resizing a part is resizing an image of that part alone.
    let all = pixels(golden.channels, golden.size)
    let part = (0..<golden.channels).flatMap { channel in
      (box.top..<box.top + box.height).flatMap { row in
        let start = (channel * golden.size[0] + row) * golden.size[1] + box.left
        return Array(all[start..<start + box.width])
      }
    }
    let resized = ImageDataset(
      pixels: part, labels: [0], channels: golden.channels, height: box.height, width: box.width, classes: 2
    ).resized(height: 24, width: 20)
    #expect(hexadecimal(bytes(of: resized, sample: 0)) == golden.hash)
  }

  @Test("RandomAffine's pixels", arguments: try golden().affineMaps)
  func affineMaps(golden: AffineMap) {
    let change = AffineChange(
      degrees: golden.degrees, columns: golden.shift[0], rows: golden.shift[1], scale: golden.scale,
      shear: golden.shear)
    let source = pixels(golden.channels, golden.size)
    var result = [UInt8](repeating: 0, count: source.count)
    result.withUnsafeMutableBufferPointer { result in
      source.withUnsafeBufferPointer { source in
        change.apply(
          to: source.baseAddress!, channels: golden.channels, size(golden.size), into: result.baseAddress!)
      }
    }
    #expect(hexadecimal(result) == golden.hash)
  }

  @Test("ColorJitter's pixels", arguments: try golden().colors)
  func colors(golden: Colors) {
    let change = ColorChange(steps: golden.steps.map { ($0.kind, $0.factor) })
    var planes = pixels(golden.channels, golden.size)
    planes.withUnsafeMutableBufferPointer {
      change.apply(to: $0.baseAddress!, channels: golden.channels, size(golden.size))
    }
    #expect(hexadecimal(planes) == golden.hash)
  }

  @Test("RandomErasing's rectangle", arguments: try golden().erasings)
  func erasings(golden: Erasing) {
    let replay = Replay(golden.uniforms, golden.integers)
    let box = RandomErasing(probability: 1, share: golden.share[0]...golden.share[1]).box(
      of: size(golden.size), replay.draw)
    #expect(box.map { [$0.top, $0.left, $0.height, $0.width] } == golden.box)
    #expect(replay.isUsedUp)
  }
}
