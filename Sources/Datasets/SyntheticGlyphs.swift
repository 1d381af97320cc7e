import Mistakes
import Randomness

/// An endless dataset that needs no files: ten figures of pen strokes, drawn as 28×28 gray images.
///
/// Each sample is one of ten figures under a random affine map, with displaced points, a pen of random width,
/// and random intensities and noise. It is about as hard as MNIST: a linear classifier gets about nine in ten
/// right, a small convolutional network nearly all.
///
/// A sample is a function of (seed, split, index) and nothing else, with the same bytes on every machine. The
/// two splits draw from different random streams. Samples 10·k to 10·k + 9 hold every class once, in random
/// order.
public enum SyntheticGlyphs {
  /// The number of classes, 10.
  public static var classes: Int { GlyphFigure.all.count }

  /// The height and width of an image in pixels, 28.
  public static var side: Int { GlyphCanvas.side }

  /// Draws the first samples of a split.
  ///
  /// - Parameters:
  ///   - seed: chooses among the datasets.
  ///   - split: chooses among the seed's two disjoint sequences of samples.
  ///   - count: the number of samples, 1 to 2³² − 1.
  /// - Returns: images of one channel, values 0 to 1.
  /// - Complexity: O(`count`); about 4 µs a sample in a release build.
  public static func generate(seed: UInt64, split: DatasetSplit, count: Int) -> ImageDataset {
    require(count >= 1 && UInt32(exactly: count) != nil, "\(count) samples cannot be drawn")
    var drawing = GlyphDrawing()
    var labels: [Int32] = []
    labels.reserveCapacity(count)
    let area = side * side
    let pixels = [UInt8](unsafeUninitializedCapacity: count * area) { pixels, initializedCount in
      guard let start = pixels.baseAddress else { return }
      var order: [UInt32] = []
      for index in 0..<count {
        let (block, position) = index.quotientAndRemainder(dividingBy: classes)
        if position == 0 {
          var random = Philox(seed: seed, purpose: .synthesis, split.labelStream, block)
          order = random.permutation(count: classes)
        }
        let label = Int(order[position])
        labels.append(Int32(label))
        var random = Philox(seed: seed, purpose: .synthesis, split.sampleStream, index)
        drawing.draw(GlyphFigure.all[label], from: &random, into: start + index * area)
      }
      initializedCount = count * area
    }
    return ImageDataset(
      pixels: pixels, labels: labels, channels: 1, height: side, width: side, classes: classes)
  }
}

extension DatasetSplit {
  /// The first index of the random streams that draw this split's samples.
  fileprivate var sampleStream: Int { self == .train ? 0 : 1 }
  /// The first index of the random streams that draw this split's labels.
  fileprivate var labelStream: Int { self == .train ? 2 : 3 }
}
