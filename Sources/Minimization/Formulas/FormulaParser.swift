/// Reads a formula by recursive descent, no deeper than ``Formula/nestingLimit``.
struct FormulaParser {
  private(set) var nodes: [FormulaNode] = []
  let variables: [String]

  private let tokens: [FormulaToken]
  private var index = 0
  private var depth = 0

  /// A part of the formula: where it is computed, and its degree as a polynomial; 1000 and more for what is none.
  private typealias Part = (node: Int, degree: Int)

  private static let notPolynomial = 1000

  init(_ formula: String, variables: [String]?) throws(FormulaError) {
    tokens = try FormulaToken.all(of: formula)
    let names = Set(
      tokens.compactMap { token -> String? in
        if case .name(let name) = token.kind { name } else { nil }
      })
    let used = names.filter { !Self.reserved.contains($0) }
    let isListed = variables != nil
    self.variables = variables ?? used.sorted { Self.naturalKey($0) < Self.naturalKey($1) }
    guard self.variables.count <= Formula.variableLimit else {
      throw FormulaError(
        problem: "has \(self.variables.count) variables, at most \(Formula.variableLimit) are allowed")
    }
    if isListed {
      if let name = self.variables.first(where: { Self.reserved.contains($0) }) {
        throw FormulaError(problem: "\(name) cannot be a variable, it has a meaning of its own")
      }
      if Set(self.variables).count < self.variables.count {
        throw FormulaError(problem: "a variable is named twice")
      }
    }
  }

  /// Reads the whole formula; returns its degree as a polynomial.
  mutating func parse() throws(FormulaError) -> Int {
    guard tokens.count > 1 else {
      throw FormulaError(problem: "is empty, expected a formula such as x^2 + 2*y^2")
    }
    let result = try sum()
    if case .end = token.kind { return result.degree }
    throw unexpected(
      Self.isOperand(token.kind) ? "an operator, such as * for a product" : "an operator or the end")
  }

  // MARK: - Grammar

  private mutating func sum() throws(FormulaError) -> Part {
    var left = try product()
    while let sign = takeSymbol(["+", "-"]) {
      let right = try product()
      left = (
        add(sign == "+" ? .sum(left.node, right.node) : .difference(left.node, right.node)),
        max(left.degree, right.degree)
      )
    }
    return left
  }

  private mutating func product() throws(FormulaError) -> Part {
    var left = try signed()
    while let sign = takeSymbol(["*", "/"]) {
      let right = try signed()
      if sign == "*" {
        left = (add(.product(left.node, right.node)), left.degree + right.degree)
      } else {
        left = (add(.quotient(left.node, right.node)), right.degree == 0 ? left.degree : Self.notPolynomial)
      }
    }
    return left
  }

  /// −x² is −(x²).
  private mutating func signed() throws(FormulaError) -> Part {
    guard let sign = takeSymbol(["+", "-"]) else { return try power() }
    let operand = try nested { (parser) throws(FormulaError) in try parser.signed() }
    return sign == "+" ? operand : (add(.negative(operand.node)), operand.degree)
  }

  private mutating func power() throws(FormulaError) -> Part {
    let base = try primary()
    guard takeSymbol(["^"]) != nil else { return base }
    let exponent = try nested { (parser) throws(FormulaError) in try parser.signed() }
    var degree = base.degree == 0 && exponent.degree == 0 ? 0 : Self.notPolynomial
    if case .number(let number) = nodes[exponent.node], let whole = Int(exactly: number), 0...10 ~= whole {
      degree = base.degree * whole
    }
    return (add(.power(base.node, exponent.node)), degree)
  }

  private mutating func primary() throws(FormulaError) -> Part {
    let start = token
    switch start.kind {
    case .number(let value):
      index += 1
      return (add(.number(value)), 0)
    case .symbol("("):
      index += 1
      let inside = try nested { (parser) throws(FormulaError) in try parser.sum() }
      try expectSymbol(")", "a closing parenthesis")
      return inside
    case .name(let name):
      index += 1
      return try named(name, at: start)
    default: throw unexpected("a number, a variable, a function or a parenthesis")
    }
  }

  private mutating func named(_ name: String, at start: FormulaToken) throws(FormulaError) -> Part {
    if let value = Self.constants[name] { return (add(.number(value)), 0) }
    if let function = FormulaFunction(rawValue: name) {
      let arguments = try arguments(of: name, count: 1)
      return (
        add(.function(function, arguments[0].node)), arguments[0].degree == 0 ? 0 : Self.notPolynomial
      )
    }
    if name == "min" || name == "max" {
      let both = try arguments(of: name, count: 2)
      return (
        add(name == "min" ? .least(both[0].node, both[1].node) : .largest(both[0].node, both[1].node)),
        both[0].degree == 0 && both[1].degree == 0 ? 0 : Self.notPolynomial
      )
    }
    if case .symbol("(") = token.kind {
      throw FormulaError(
        position: start.position,
        problem:
          "there is no function \(name); there are \((FormulaFunction.allCases.map(\.rawValue) + ["min", "max"]).joined(separator: ", "))"
      )
    }
    guard let variable = variables.firstIndex(of: name) else {
      throw FormulaError(
        position: start.position,
        problem: "there is no variable \(name) among \(variables.joined(separator: ", "))")
    }
    return (add(.variable(variable)), 1)
  }

  private mutating func arguments(of name: String, count: Int) throws(FormulaError) -> [Part] {
    try expectSymbol("(", "a parenthesis behind \(name)")
    var parts: [Part] = []
    for number in 0..<count {
      if number > 0 { try expectSymbol(",", "a comma, since \(name) takes \(count) numbers") }
      parts.append(try nested { (parser) throws(FormulaError) in try parser.sum() })
    }
    try expectSymbol(")", "a closing parenthesis")
    return parts
  }

  // MARK: - Tokens and nodes

  private var token: FormulaToken { tokens[index] }

  private mutating func takeSymbol(_ symbols: [Character]) -> Character? {
    guard case .symbol(let found) = token.kind, symbols.contains(found) else { return nil }
    index += 1
    return found
  }

  private mutating func expectSymbol(_ symbol: Character, _ expected: String) throws(FormulaError) {
    guard takeSymbol([symbol]) != nil else { throw unexpected(expected) }
  }

  private func unexpected(_ expected: String) -> FormulaError {
    FormulaError(position: token.position, problem: "found \(token.text), expected \(expected)")
  }

  private static func isOperand(_ kind: FormulaToken.Kind) -> Bool {
    switch kind {
    case .number, .name, .symbol("("): true
    default: false
    }
  }

  private mutating func nested(
    _ part: (inout Self) throws(FormulaError) -> Part
  ) throws(FormulaError) -> Part {
    guard depth < Formula.nestingLimit else {
      throw FormulaError(
        position: token.position, problem: "is nested deeper than \(Formula.nestingLimit) times")
    }
    depth += 1
    defer { depth -= 1 }
    return try part(&self)
  }

  /// Appends a step; one that depends on numbers alone is computed at once.
  private mutating func add(_ node: FormulaNode) -> Int {
    var node = node
    if !node.operands.isEmpty, node.operands.allSatisfy({ nodes[$0].isNumber }) {
      let values = nodes.map { node in
        if case .number(let value) = node { HyperDual(value: value) } else { HyperDual(value: 0) }
      }
      node = .number(node.result(values, { _ in HyperDual(value: 0) }).value)
    }
    nodes.append(node)
    return nodes.count - 1
  }

  private static let constants = ["pi": Double.pi, "π": Double.pi, "e": 2.718281828459045]
  private static let reserved = Set(
    ["pi", "π", "e", "min", "max"] + FormulaFunction.allCases.map(\.rawValue))

  /// A name without its last digits, and these as a number, so that x2 comes before x10.
  private static func naturalKey(_ name: String) -> (String, Int, String) {
    let digits = String(name.reversed().prefix { $0.isASCII && $0.isNumber }.prefix(9).reversed())
    return (String(name.dropLast(digits.count)), Int(digits) ?? -1, name)
  }
}

extension FormulaNode {
  fileprivate var isNumber: Bool { if case .number = self { true } else { false } }

  fileprivate var operands: [Int] {
    switch self {
    case .number, .variable: []
    case .negative(let operand), .function(_, let operand): [operand]
    case .sum(let left, let right), .difference(let left, let right), .product(let left, let right),
      .quotient(let left, let right), .power(let left, let right), .least(let left, let right),
      .largest(let left, let right):
      [left, right]
    }
  }
}
