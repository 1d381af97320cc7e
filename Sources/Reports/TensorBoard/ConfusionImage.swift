import Images

/// A confusion matrix as an image: a row for each class, a column for each answer, the darker the larger the share of the row.
enum ConfusionImage {
  /// A PNG file with three channels.
  ///
  /// - Parameter counts: [class][answer], a square.
  static func png(_ counts: [[Int]]) throws -> (bytes: [UInt8], side: Int) {
    let classes = counts.count
    // Lines between the cells, so that one can count them.
    let cell = max(6, 320 / classes)
    let side = classes * cell + 1
    var pixels = [UInt8](repeating: 200, count: 3 * side * side)
    for (row, line) in counts.enumerated() {
      let total = Double(max(line.reduce(0, +), 1))
      for (column, count) in line.enumerated() {
        let color = self.color(share: Double(count) / total)
        for y in row * cell + 1..<(row + 1) * cell {
          for x in column * cell + 1..<(column + 1) * cell {
            for channel in 0..<3 { pixels[3 * (y * side + x) + channel] = color[channel] }
          }
        }
      }
    }
    return (try ImageEncoding.png(pixels, width: side, height: side, channels: 3), side)
  }

  /// From white to dark blue; small shares are seen, too.
  private static func color(share: Double) -> [UInt8] {
    let depth = share.squareRoot()
    return [(255, 8), (255, 48), (255, 107)].map { UInt8(($0.0 + ($0.1 - $0.0) * depth).rounded()) }
  }
}
