/// The quotient of a number that is not negative and a positive one, rounded up; it cannot overflow.
func dividedRoundingUp(_ dividend: Int, by divisor: Int) -> Int {
  let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
  return quotient + (remainder > 0 ? 1 : 0)
}
