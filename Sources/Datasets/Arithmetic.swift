/// The quotient of a number that is not negative and a positive one, rounded up; it cannot overflow.
func dividedRoundingUp(_ dividend: Int, by divisor: Int) -> Int {
  let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
  return quotient + (remainder > 0 ? 1 : 0)
}

/// The product of some lengths; nil if it is no `Int`.
func product(_ lengths: [Int]) -> Int? {
  var product = 1
  for length in lengths {
    let (next, overflows) = product.multipliedReportingOverflow(by: length)
    guard !overflows else { return nil }
    product = next
  }
  return product
}
