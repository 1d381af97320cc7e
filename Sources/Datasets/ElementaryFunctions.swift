/// Elementary functions by sums and products alone, so that every platform gets the same bits.
enum ElementaryFunctions {
  /// e to the power of a number of at most 3 in magnitude, to about one unit in the last place.
  static func exponential(_ exponent: Double) -> Double {
    series(exponent, from: 1, step: 1)
  }

  /// The sine and the cosine of an angle in degrees, to about one unit in the last place.
  static func sineAndCosine(degrees: Double) -> (sine: Double, cosine: Double) {
    let quarters = (degrees / 90).rounded()
    let angle = (degrees - 90 * quarters) * .pi / 180
    let square = -angle * angle
    let sine = angle * series(square, from: 2, step: 2)
    let cosine = series(square, from: 1, step: 2)
    switch Int(quarters.truncatingRemainder(dividingBy: 4)) {
    case 0: return (sine, cosine)
    case 1, -3: return (cosine, -sine)
    case 2, -2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
  }

  /// 1 + x/a + x²/(a·b) + …, each divisor the product of `step` factors that go on from `first`; summed from the small terms.
  private static func series(_ argument: Double, from first: Int, step: Int) -> Double {
    // At 3 in magnitude the 40th term is below 10⁻²⁸.
    var sum = 1.0
    for term in stride(from: 40, through: 1, by: -1) {
      let start = first + (term - 1) * step
      let divisor = (start..<start + step).reduce(1.0) { $0 * Double($1) }
      sum = 1 + argument * sum / divisor
    }
    return sum
  }
}
