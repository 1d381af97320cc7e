/// The weights by which one dimension of an 8-bit image is resampled to another length.
///
/// Output position i lies at (i + ½)·s in the input, s = input length ÷ output length (half-pixel centres).
/// Its neighbours are weighted by a triangle of half-width max(s, 1), so that shrinking averages over all the
/// input, and the weights are divided by their sum. They are then rounded to multiples of 2⁻²², half away
/// from zero, because the reference, Pillow's `Image.resize(…, BILINEAR)`, resamples 8-bit images in 32-bit
/// integers.
struct ResamplingWeights: Sendable {
  /// The number of bits behind the binary point of a weight: 32, less 8 for the pixel and 2 for the sum.
  static let fractionBitCount: Int32 = 22

  /// The input position of the first neighbour of each output position.
  let starts: [Int]
  /// The number of neighbours of each output position, at most `stride`.
  let counts: [Int]
  /// The neighbours' weights in units of 2⁻²²: `stride` for each output position, zeros behind the last
  /// neighbour.
  let weights: [Int32]
  /// The distance in `weights` from one output position's weights to the next one's.
  let stride: Int

  /// Computes the weights from `inputLength` to `outputLength` positions, both at least 1.
  init(from inputLength: Int, to outputLength: Int) {
    let scale = Double(inputLength) / Double(outputLength)
    let reach = max(scale, 1)
    var starts: [Int] = []
    var rows: [[Double]] = []
    for position in 0..<outputLength {
      let center = (Double(position) + 0.5) * scale
      let start = max(Int(center - reach + 0.5), 0)
      let end = min(Int(center + reach + 0.5), inputLength)
      let slopes = (start..<end).map { neighbour in
        max(1 - abs((Double(neighbour) - center + 0.5) * (1 / reach)), 0)
      }
      let sum = slopes.reduce(0, +)
      starts.append(start)
      rows.append(slopes.map { $0 / sum })
    }
    let unit = Double(1 << Self.fractionBitCount)
    let stride = rows.map(\.count).max() ?? 0
    self.starts = starts
    self.stride = stride
    counts = rows.map(\.count)
    weights = rows.flatMap { row in
      row.map { Int32($0 * unit + 0.5) } + Array(repeating: 0, count: stride - row.count)
    }
  }
}
