import Images
import Testing

@Suite("Decoding of images")
struct DecodingTests {
  @Test("Pixels equal Pillow's, byte for byte", arguments: GoldenImage.all)
  func equalsPillow(golden: GoldenImage) throws {
    let color = try decode(golden.bytes, channels: 3)
    #expect([color.width, color.height] == [golden.width, golden.height])
    #expect(fnv1a(color.pixels) == golden.rgb)
    let gray = try decode(golden.bytes, channels: 1)
    #expect(gray.channels == 1)
    #expect(fnv1a(gray.pixels) == golden.gray)
  }

  @Test("The golden file has every kind of image")
  func goldenCoverage() {
    #expect(GoldenImage.all.count >= 50)
  }

  @Test("As many channels as the file has where nothing is asked")
  func ownChannels() throws {
    for (name, channels) in [
      ("jpeg gray", 1), ("jpeg 4:2:0", 3), ("png gray", 1), ("png gray and alpha", 1), ("png palette", 3),
      ("png color and alpha", 3), ("png gray of 16 bits", 1), ("png 1 bit", 1),
    ] {
      let image = try decode(GoldenImage.named(name).bytes)
      #expect(image.channels == channels, "\(name)")
    }
  }

  @Test("PNG files of our own come back as they were", arguments: [1, 2, 3, 4])
  func roundTrip(channels: Int) throws {
    let (width, height) = (13, 7)
    let pixels = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * $0 + 31 * $0) }
    let file = try ImageEncoding.png(pixels, width: width, height: height, channels: channels)
    let image = try decode(file)
    let colors = channels < 3 ? 1 : 3
    #expect([image.channels, image.height, image.width] == [colors, height, width])
    for channel in 0..<colors {
      let plane = stride(from: channel, to: pixels.count, by: channels).map { pixels[$0] }
      #expect(Array(image.pixels[channel * width * height..<(channel + 1) * width * height]) == plane)
    }
  }

  @Test("A JPEG file of our own comes back nearly as it was")
  func jpegRoundTrip() throws {
    let (width, height) = (40, 24)
    let pixels = (0..<width * height).map { UInt8(100 + $0 % width + $0 / width) }
    let file = try ImageEncoding.jpeg(pixels, width: width, height: height, channels: 1, quality: 95)
    let image = try decode(file)
    #expect(zip(image.pixels, pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
  }
}
