/// A formula in named variables, such as `x*cos(0.15*pi*x)`, with its exact derivatives.
///
/// ```swift
/// let valley = try Formula("x^2 + 2*y^2")
/// valley.variables                       // ["x", "y"]
/// valley.gradient(at: [1, 1])            // [2, 4]
/// ```
///
/// There are numbers, `pi` and `e`, `+ - * / ^` with the usual precedence, parentheses, the functions of one number `sin cos
/// tan asin acos atan sinh cosh tanh exp log sqrt abs sigmoid relu`, and `min` and `max` of two.
///
/// A formula comes from anybody: its length and its nesting are bounded, and it computes nothing but numbers.
public struct Formula: TwiceDifferentiableObjective, Hashable, Sendable {
  /// The formula as it was written.
  public let formula: String
  /// The names of the variables, in the order of their coordinates.
  public let variables: [String]
  /// Whether it is a polynomial of degree 2 at most.
  public let isQuadratic: Bool

  /// What is computed, in an order in which everything comes behind what it needs.
  private let nodes: [FormulaNode]

  /// The characters that a formula has at most.
  public static let lengthLimit = 1000
  /// How deep parentheses, signs and powers may be nested.
  public static let nestingLimit = 50
  /// The variables that a formula has at most.
  public static let variableLimit = 50

  /// Reads a formula.
  ///
  /// - Parameters:
  ///   - formula: the text.
  ///   - variables: the names of all variables in the order of their coordinates; nil for those of the formula by name, `x2`
  ///     before `x10`.
  /// - Throws: ``FormulaError``, with the place of the mistake.
  public init(_ formula: String, variables: [String]? = nil) throws(FormulaError) {
    var parser = try FormulaParser(formula, variables: variables)
    let degree = try parser.parse()
    self.formula = formula
    self.variables = parser.variables
    nodes = parser.nodes
    isQuadratic = degree <= 2
  }

  /// The number of variables; a formula without any counts as one of a variable that does nothing.
  public var dimension: Int { max(variables.count, 1) }

  /// Whether a variable occurs in the formula.
  public func uses(_ variable: String) -> Bool {
    guard let index = variables.firstIndex(of: variable) else { return false }
    return nodes.contains(.variable(index))
  }

  /// The value at x.
  public func value(at x: [Double]) -> Double { evaluate { HyperDual(value: x[$0]) }.value }

  /// The gradient at x.
  public func gradient(at x: [Double]) -> [Double] {
    x.indices.map { index in
      evaluate { HyperDual(value: x[$0], first: $0 == index ? 1 : 0) }.first
    }
  }

  /// The Hessian at x.
  ///
  /// - Complexity: O(n² · length)
  public func hessian(at x: [Double]) -> DenseMatrix {
    var matrix = DenseMatrix(rowCount: x.count, columnCount: x.count)
    for column in x.indices {
      for row in column..<x.count {
        let number = evaluate {
          HyperDual(value: x[$0], first: $0 == row ? 1 : 0, second: $0 == column ? 1 : 0)
        }
        matrix[row, column] = number.mixed
        matrix[column, row] = number.mixed
      }
    }
    return matrix
  }

  /// The diagonal of the Hessian at x.
  public func hessianDiagonal(at x: [Double]) -> [Double] {
    x.indices.map { index in
      evaluate { HyperDual(value: x[$0], first: $0 == index ? 1 : 0, second: $0 == index ? 1 : 0) }.mixed
    }
  }

  /// The Hessian at x times a vector, without the Hessian.
  public func hessianProduct(at x: [Double], with vector: [Double]) -> [Double] {
    x.indices.map { index in
      evaluate { HyperDual(value: x[$0], first: vector[$0], second: $0 == index ? 1 : 0) }.mixed
    }
  }

  private func evaluate(_ variable: (Int) -> HyperDual) -> HyperDual {
    var results: [HyperDual] = []
    results.reserveCapacity(nodes.count)
    for node in nodes { results.append(node.result(results, variable)) }
    return results[results.count - 1]
  }
}

/// A step of the computation of a formula; the numbers are those of the steps that it needs.
enum FormulaNode: Hashable, Sendable {
  case number(Double)
  case variable(Int)
  case negative(Int)
  case sum(Int, Int)
  case difference(Int, Int)
  case product(Int, Int)
  case quotient(Int, Int)
  case power(Int, Int)
  case least(Int, Int)
  case largest(Int, Int)
  case function(FormulaFunction, Int)

  func result(_ results: [HyperDual], _ variable: (Int) -> HyperDual) -> HyperDual {
    switch self {
    case .number(let value): HyperDual(value: value)
    case .variable(let index): variable(index)
    case .negative(let operand): -results[operand]
    case .sum(let left, let right): results[left] + results[right]
    case .difference(let left, let right): results[left] - results[right]
    case .product(let left, let right): results[left] * results[right]
    case .quotient(let left, let right): results[left] / results[right]
    case .power(let base, let exponent): results[base].raised(to: results[exponent])
    // Written so that what is no number stays none.
    case .least(let left, let right):
      results[right].value < results[left].value ? results[right] : results[left]
    case .largest(let left, let right):
      results[right].value > results[left].value ? results[right] : results[left]
    case .function(let function, let operand): function(results[operand])
    }
  }
}
