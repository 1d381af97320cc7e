extension Executor {
  /// The Euclidean norm of the latest batch's gradient by all parameters that are trained.
  ///
  /// Every rank has the whole gradient. Its squares are added up in double precision over pieces that neither ranks nor
  /// threads have a part in, and the pieces in the order of the graph's parameters: the same bits on all ranks, whatever their
  /// number.
  ///
  /// - Complexity: as fast as the memory is read.
  public func gradientNorm() -> Double {
    var squares = [Double](repeating: 0, count: gradientPieces.count)
    squares.withUnsafeMutableBufferPointer { [gradientPieces] squares in
      nonisolated(unsafe) let squares = squares
      team.run { thread in
        for index in stride(from: thread, to: gradientPieces.count, by: team.count) {
          squares[index] = SquareSum.of(gradientPieces[index].values, count: gradientPieces[index].count)
        }
      }
    }
    return squares.reduce(0, +).squareRoot()
  }

  /// The gradient of a parameter times a factor, in memory that the next parameter takes over.
  func scaledGradient(_ parameter: Int, _ factor: Float) -> UnsafeMutablePointer<Float> {
    let (gradient, scaled) = (
      store.gradients[parameter], scaledGradients.base.assumingMemoryBound(to: Float.self)
    )
    for index in 0..<store.counts[parameter] { scaled[index] = factor * gradient[index] }
    return scaled
  }
}
