import Mistakes

/// A symmetric operator, given by its products, cannot be examined; the description is one line.
public enum OperatorError: Error, Equatable, Sendable {
  /// A product has an element that is infinite or not a number; products count from 1.
  case productNotFinite(product: Int)
}

extension OperatorError: CustomStringConvertible {
  /// One line: what was found and what would be right.
  public var description: String {
    switch self {
    case .productNotFinite(let product):
      "product \(product) with the operator is not finite; the point must lie where its derivatives are"
    }
  }

  /// The product of an operator and a vector, checked.
  ///
  /// - Parameters:
  ///   - vector: n elements.
  ///   - number: which product of the run this is, from 1.
  ///   - product: the operator.
  static func checked(
    _ vector: [Double], number: Int, product: ([Double]) throws -> [Double]
  ) throws -> [Double] {
    let image = try product(vector)
    require(
      image.count == vector.count, "the operator makes \(image.count) elements of \(vector.count)")
    guard image.allSatisfy(\.isFinite) else { throw OperatorError.productNotFinite(product: number) }
    return image
  }
}
