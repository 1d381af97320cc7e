import Foundation
import Minimization
import Testing

@Suite struct FormulaTests {
  @Test("formulas are computed with the usual precedence")
  func values() throws {
    let cases: [(String, Double)] = [
      ("1 + 2*3", 7), ("(1 + 2)*3", 9), ("-2^2", -4), ("2^3^2", 512), ("2^-1", 0.5), ("8/4/2", 1),
      ("1 - 2 - 3", -4),
      ("2**3", 8), ("−3 · 2", -6), ("--2", 2), ("1.5e2", 150), (".5", 0.5), ("2*e", 2 * M_E), ("cos(pi)", -1),
      ("max(2, min(3, 1))", 2), ("sqrt(16) + abs(-3)", 7), ("relu(-1) + relu(2)", 2), ("sigmoid(0)", 0.5),
      ("log(exp(2))", 2), ("atan(1)*4", Double.pi), ("tanh(100)", 1), ("sigmoid(-800)", 0),
    ]
    for (text, value) in cases {
      #expect(abs(try Formula(text).value(at: [0]) - value) <= 1e-15 * abs(value), "\(text)")
    }
  }

  @Test("variables have names, in an order that people expect or that is given")
  func variables() throws {
    #expect(try Formula("x10 + x2 + b*a").variables == ["a", "b", "x2", "x10"])
    let formula = try Formula("y - x", variables: ["y", "x", "z"])
    #expect(
      formula.dimension == 3 && formula.value(at: [5, 2, 9]) == 3
        && formula.gradient(at: [5, 2, 9]) == [1, -1, 0])
    #expect(formula.uses("y") && !formula.uses("z"))
  }

  @Test("derivatives are those of the functions that are written out")
  func writtenOut() throws {
    let valley = try Formula("100*(x2 - x1^2)^2 + (1 - x1)^2")
    for point in [[-1.2, 1], [0.3, -0.7], [1, 1]] {
      let written = Rosenbrock(dimension: 2)
      #expect(abs(valley.value(at: point) - written.value(at: point)) < 1e-12)
      #expect(distance(valley.gradient(at: point), written.gradient(at: point)) < 1e-12)
      #expect(distance(valley.hessian(at: point).elements, written.hessian(at: point).elements) < 1e-12)
      #expect(
        distance(valley.hessianProduct(at: point, with: [2, -3]), written.hessian(at: point).times([2, -3]))
          < 1e-11)
      #expect(valley.hessianDiagonal(at: point) == valley.hessian(at: point).diagonal)
    }
    let cosine = try Formula("x*cos(0.15*pi*x)")
    let written = ScalarFunction.cosineProduct(frequency: 0.15)
    for x in stride(from: -10.0, through: 10, by: 0.7) {
      #expect(abs(cosine.value(at: [x]) - written.value(at: [x])) < 1e-14)
      #expect(abs(cosine.gradient(at: [x])[0] - written.gradient(at: [x])[0]) < 1e-13)
      #expect(abs(cosine.hessian(at: [x])[0, 0] - written.hessian(at: [x])[0, 0]) < 1e-13)
    }
  }

  @Test(
    "every function has its derivatives, by differences of its values",
    arguments: [
      "sin(x)", "cos(x)", "tan(x)", "asin(x)", "acos(x)", "atan(x)", "sinh(x)", "cosh(x)", "tanh(x)",
      "exp(x)",
      "log(x)", "sqrt(x)", "abs(x)", "sigmoid(x)", "relu(x)", "x^2.5", "x^-2", "2^x", "x^x", "1/x",
      "x/(1 + x^2)",
      "max(x, x^2)", "min(sin(x), 2)", "exp(-x^2)*sin(3*x)", "log(1 + exp(x))", "x^4 - 3*x^3 + x",
    ])
  func differences(text: String) throws {
    let formula = try Formula(text)
    for x in [0.21, 0.47, 0.83] {
      let step = 1e-3
      func at(_ multiple: Double) -> Double { formula.value(at: [x + multiple * step]) }
      // Fourth order.
      let slope = (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * step)
      let curvature = (-at(-2) + 16 * at(-1) - 30 * at(0) + 16 * at(1) - at(2)) / (12 * step * step)
      #expect(abs(formula.gradient(at: [x])[0] - slope) < 1e-7 * (1 + abs(slope)), "\(x)")
      #expect(abs(formula.hessian(at: [x])[0, 0] - curvature) < 1e-5 * (1 + abs(curvature)), "\(x)")
    }
  }

  @Test("mixed derivatives of several variables are exact")
  func mixed() throws {
    let formula = try Formula("x^2*y^3*z + sin(x*y)/z")
    let (x, y, z) = (0.7, -1.3, 2.1)
    let hessian = formula.hessian(at: [x, y, z])
    let (s, c) = (sin(x * y), cos(x * y))
    let expected: [Double] = [
      2 * y * y * y * z - y * y * s / z, 6 * x * y * y * z + (c - x * y * s) / z,
      2 * x * y * y * y - y * c / (z * z),
      6 * x * x * y * z - x * x * s / z, 3 * x * x * y * y - x * c / (z * z), 2 * s / (z * z * z),
    ]
    let found = [hessian[0, 0], hessian[0, 1], hessian[0, 2], hessian[1, 1], hessian[1, 2], hessian[2, 2]]
    #expect(distance(found, expected) < 1e-12)
    #expect(hessian == hessian.transposed)
  }

  @Test("polynomials of degree two are known to be quadratic")
  func quadratic() throws {
    for text in ["x^2 + 2*y^2", "x*y - 3", "(x + y)^2/4", "x", "5"] {
      #expect(try Formula(text).isQuadratic, "\(text)")
    }
    for text in ["x^3", "x*y*x", "sin(x)", "1/x", "abs(x)", "x^0.5", "2^x"] {
      #expect(try !Formula(text).isQuadratic, "\(text)")
    }
  }

  @Test(
    "mistakes are told in one line, with their place",
    arguments: [
      ("", nil, "is empty"), ("2x", 2, "found x, expected an operator, such as *"),
      ("sin(", 5, "found the end"),
      ("(x", 3, "found the end, expected a closing parenthesis"), ("x)", 2, "found ), expected"),
      ("x +", 4, "found the end"),
      ("foo(x)", 1, "there is no function foo; there are sin, cos"),
      ("max(x)", 6, "a comma, since max takes 2"),
      ("sin x", 5, "a parenthesis behind sin"), ("3 $ x", 3, "found $"),
      ("x\u{1b}[2J", 2, "a control character"),
      ("1.2.3", 1, "1.2.3 is no number"), ("1e999", 1, "is no number"), ("x ^ ^ 2", 5, "found ^"),
      ("x,y", 2, "found ,"),
    ] as [(String, Int?, String)])
  func mistakes(text: String, position: Int?, problem: String) throws {
    let error = try #require(throws: FormulaError.self) { try Formula(text) }
    #expect(error.position == position && error.description.contains(problem), "\(error)")
    #expect(!error.description.contains("\n") && !error.description.contains("\u{1b}"))
  }

  @Test("what is too long, too deep or has too many variables is refused at once")
  func bounds() throws {
    func problem(_ text: String) throws -> String {
      try #require(throws: FormulaError.self) { try Formula(text) }.description
    }
    #expect(try problem(String(repeating: "x+", count: 600) + "x").contains("longer than 1000 characters"))
    #expect(try problem(String(repeating: "x", count: 100_000_000)).contains("longer than"))
    for deep in ["(", "-", "sin(", "x^"] {
      #expect(
        try problem(String(repeating: deep, count: 200) + "x").contains("nested deeper than 50"), "\(deep)")
    }
    #expect(try problem((0..<60).map { "v\($0)" }.joined(separator: "+")).contains("60 variables"))
    #expect(throws: FormulaError.self) { try Formula("x", variables: ["pi"]) }
    #expect(throws: FormulaError.self) { try Formula("x", variables: ["x", "x"]) }
    #expect(throws: FormulaError.self) { try Formula("x + z", variables: ["x"]) }
    // As long as it may be, and flat.
    #expect(try Formula(String(repeating: "x+", count: 499) + "x").value(at: [1]) == 500)
  }

  @Test("no text does harm: random ones of the alphabet parse or are refused")
  func random() {
    let alphabet = Array("xy0123.e+-*/^(),  pisncoa€\u{0}")
    let numbers = normals(400_000, seed: 5).map { Int(abs($0) * 1e6) }
    var (index, parsed) = (0, 0)
    while index + 40 < numbers.count {
      let length = numbers[index] % 30
      let text = String(numbers[index + 1...index + length + 1].map { alphabet[$0 % alphabet.count] })
      index += length + 2
      if let formula = try? Formula(text) {
        parsed += 1
        _ = formula.hessian(at: [Double](repeating: 0.5, count: formula.dimension))
      }
    }
    #expect(parsed > 100)
  }

  @Test("Newton's method finds the minimum of a formula")
  func newton() throws {
    let formula = try Formula("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")
    let result = try trace(
      Newton(.backtracking()), formula, from: [1, 1], steps: 50, gradientTolerance: 1e-10
    ).result
    #expect(result.outcome.isConverged && distance(result.last.x, [3, 2]) < 1e-9)
  }
}
