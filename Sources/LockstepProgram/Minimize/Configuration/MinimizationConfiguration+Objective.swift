import Configurations
package import Minimization
import Records

extension MinimizationConfiguration {
  /// What is minimized: section `objective`.
  package enum Objective: Equatable, Sendable {
    /// x².
    case square
    /// x cos(cπx).
    case cosineProduct(frequency: Double)
    /// cosh(cx).
    case hyperbolicCosine(scale: Double)
    /// ½ xᵀAx − bᵀx: the rows of a symmetric A, and b, which is zero if it is nil.
    case quadratic(matrix: [[Double]], linear: [Double]?)
    /// ½ xᵀAx, whose A has these eigenvalues, each in a random direction.
    case spectrum(eigenvalues: [Double])
    /// Rosenbrock's valley.
    case rosenbrock(dimension: Int)
    /// x₁² − x₂².
    case saddle
    /// x₁³ − 3x₁x₂².
    case monkeySaddle
    /// A formula in named variables.
    case expression(Formula)
    /// The mean loss over samples, and half the squared weights times a penalty.
    case regression(RegressionModel, penalty: Double)

    /// Whether it is a mean over samples.
    var isRegression: Bool { if case .regression = self { true } else { false } }
  }
}

extension MinimizationConfiguration.Objective {
  enum Name: String, ConfigurationWord {
    case square, quadratic, rosenbrock, saddle, expression
    case cosineProduct = "cosine_product"
    case hyperbolicCosine = "hyperbolic_cosine"
    case monkeySaddle = "monkey_saddle"
    case linearRegression = "linear_regression"
    case logisticRegression = "logistic_regression"
    case softmaxRegression = "softmax_regression"
  }

  enum Key: String, ConfigurationWord {
    case name, frequency, scale, matrix, linear, eigenvalues, dimension, classes, penalty, formula, variables

    /// The objectives that the key has a meaning for; nil if it has one for all.
    fileprivate var owners: [Name]? {
      switch self {
      case .name: nil
      case .frequency: [.cosineProduct]
      case .scale: [.hyperbolicCosine]
      case .matrix, .linear, .eigenvalues: [.quadratic]
      case .dimension: [.rosenbrock]
      case .formula, .variables: [.expression]
      case .classes: [.softmaxRegression]
      case .penalty: [.linearRegression, .logisticRegression, .softmaxRegression]
      }
    }
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    let name: Name = try reader.requiredWord(.name)
    try reader.requireKeys(of: name, nameKey: .name) { $0.owners }
    let penalty = try reader.double(.penalty, .notNegative) ?? 0
    switch name {
    case .square: self = .square
    case .cosineProduct: self = .cosineProduct(frequency: try reader.requiredDouble(.frequency, .any))
    case .hyperbolicCosine: self = .hyperbolicCosine(scale: try reader.requiredDouble(.scale, .any))
    case .quadratic: self = try Self.quadraticForm(reader)
    case .rosenbrock: self = .rosenbrock(dimension: try reader.integer(.dimension, in: 2...10_000) ?? 2)
    case .saddle: self = .saddle
    case .monkeySaddle: self = .monkeySaddle
    case .expression: self = .expression(try Self.expression(reader))
    case .linearRegression: self = .regression(.linear, penalty: penalty)
    case .logisticRegression: self = .regression(.logistic, penalty: penalty)
    case .softmaxRegression:
      guard let classes = try reader.integer(.classes, in: 2...10_000) else {
        throw reader.error(.classes, "missing; expected the number of classes, at least 2")
      }
      self = .regression(.softmax(classes: classes), penalty: penalty)
    }
  }

  private static func expression(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) -> Formula {
    guard let formula = try reader.text(.formula) else {
      throw reader.error(.formula, "missing; expected a formula such as x^2 + 2*y^2")
    }
    let variables = try reader.texts(.variables, expected: "a list of names")?.map(\.text)
    do {
      return try Formula(formula, variables: variables)
    } catch {
      throw reader.error(.formula, error.description)
    }
  }

  private static func quadraticForm(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) -> Self {
    if let eigenvalues = try reader.vector(.eigenvalues) {
      for key in [Key.matrix, .linear] where reader.node(key) != nil {
        throw reader.error(key, "found together with eigenvalues, expected one of them")
      }
      return .spectrum(eigenvalues: eigenvalues)
    }
    let matrix = try reader.requiredMatrix(.matrix)
    let isSymmetric =
      matrix.count == matrix[0].count
      && matrix.indices.allSatisfy { row in matrix.indices.allSatisfy { matrix[row][$0] == matrix[$0][row] } }
    guard isSymmetric else { throw reader.error(.matrix, expected: "a symmetric matrix") }
    let linear = try reader.vector(.linear)
    if let linear, linear.count != matrix.count {
      throw reader.error(
        .linear, "found \(linear.count) numbers, expected \(matrix.count) as matrix has rows")
    }
    return .quadratic(matrix: matrix, linear: linear)
  }

  /// What the configuration calls it.
  var name: String { word.rawValue }

  /// What pictures call it.
  var title: String { if case .expression(let expression) = self { expression.formula } else { name } }

  /// What pictures call its variables; nil for x₁, x₂ and so on.
  var variables: [String]? {
    if case .expression(let expression) = self { expression.variables } else { nil }
  }

  private var word: Name {
    switch self {
    case .square: .square
    case .cosineProduct: .cosineProduct
    case .hyperbolicCosine: .hyperbolicCosine
    case .quadratic, .spectrum: .quadratic
    case .rosenbrock: .rosenbrock
    case .saddle: .saddle
    case .monkeySaddle: .monkeySaddle
    case .expression: .expression
    case .regression(.linear, _): .linearRegression
    case .regression(.logistic, _): .logisticRegression
    case .regression(.softmax, _): .softmaxRegression
    }
  }

  var json: JSON {
    var members: [Key: JSON?] = [.name: .word(word)]
    switch self {
    case .square, .saddle, .monkeySaddle: break
    case .cosineProduct(let frequency): members[.frequency] = .number(frequency)
    case .hyperbolicCosine(let scale): members[.scale] = .number(scale)
    case .quadratic(let matrix, let linear):
      members[.matrix] = .matrix(matrix)
      members[.linear] = linear.map(JSON.vector)
    case .spectrum(let eigenvalues): members[.eigenvalues] = .vector(eigenvalues)
    case .rosenbrock(let dimension): members[.dimension] = .integer(dimension)
    case .expression(let expression):
      members[.formula] = .text(expression.formula)
      members[.variables] = .list(expression.variables.map(JSON.text))
    case .regression(let model, let penalty):
      members[.penalty] = .number(penalty)
      if case .softmax(let classes) = model { members[.classes] = .integer(classes) }
    }
    return .section(members)
  }
}
