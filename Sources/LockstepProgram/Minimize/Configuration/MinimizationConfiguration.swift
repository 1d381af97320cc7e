package import Configurations
import Minimization
package import Records

/// Everything that defines a minimization, as one reads it from a YAML file.
///
/// ```yaml
/// objective: {name: linear_regression}
/// data: {path: data/airfoil_self_noise.dat, standardize: all, rows: 1500}
/// method: {name: sgd, learning_rate: 0.05, batch: 10}
/// epochs: 2
/// ```
///
/// Only the names of objective and method are required, and what these cannot do without. The properties carry the
/// names of the keys in Swift's spelling. A null value counts as left out.
package struct MinimizationConfiguration: Equatable, Sendable {
  /// How long a run goes on at most.
  package enum Length: Equatable, Sendable {
    /// So many steps, ≥ 0; rounds, of the methods that solve a problem in each.
    case steps(Int)
    /// So many passes over the samples, ≥ 1.
    case epochs(Int)
  }

  /// What is minimized.
  package var objective: Objective
  /// The samples of a regression; nil for all other objectives.
  package var data: Samples?
  /// How it is minimized.
  package var method: Method
  /// The convex sets that all must hold the solution.
  package var constraints: [Constraint]
  /// Where to begin; only regressions need not say.
  package var start: Start
  /// How long a run goes on at most.
  package var length: Length
  /// What the end is told by, ≥ 0: the norm of the gradient, the projected gradient residual, or the KKT residual.
  package var tolerance: Double
  /// The steps from one evaluation of the objective to the next, ≥ 1; nil for an epoch, or for every step.
  package var evaluateEvery: Int?
  /// What all random numbers of the run derive from, 0 to 2⁶³ − 1.
  package var seed: Int
  /// What to find out about the objective.
  package var check: Check
  /// What the pictures show beside what they must.
  package var picture = Picture()
}

extension MinimizationConfiguration {
  enum Key: String, ConfigurationWord {
    case objective, data, method, constraints, start, steps, epochs, tolerance, seed, check, picture
    case evaluateEvery = "evaluate_every"
  }

  /// Reads a configuration from a YAML file.
  ///
  /// - Parameters:
  ///   - path: the file, in UTF-8.
  ///   - overrides: changes in the form `KEY=VALUE`, as for `Configuration.load(path:overrides:)`.
  /// - Throws: a `ConfigurationError` that names the line or the override.
  package static func load(
    path: String, overrides: [String] = []
  ) throws(ConfigurationError) -> MinimizationConfiguration {
    try parse(ConfigurationNode.text(ofFile: path), source: path, overrides: overrides)
  }

  /// Reads a configuration from a text in YAML; `source` is what error messages call it.
  ///
  /// - Throws: a `ConfigurationError`, as `load(path:overrides:)` does.
  package static func parse(
    _ text: String, source: String, overrides: [String] = []
  ) throws(ConfigurationError) -> MinimizationConfiguration {
    let root = try ConfigurationNode(
      yaml: text, source: source, overrides: overrides, expected: "a mapping with objective and method")
    return try MinimizationConfiguration(ConfigurationReader(root))
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    objective = try Objective(reader.section(.objective))
    method = try Method(reader.section(.method))
    data = try reader.optionalSection(.data).map(Samples.init)
    switch (objective.isRegression, data) {
    case (true, nil):
      throw reader.error(.data, "missing; expected a mapping with path, since a regression needs samples")
    case (false, _?):
      throw reader.error(.data, "belongs to regressions, but objective.name is another")
    default: break
    }
    if case .stochastic(_, let estimate) = method { try Self.requireFit(estimate, objective, reader) }
    constraints = try reader.sections(.constraints)?.map(Constraint.init) ?? []
    if method.isConstrained == constraints.isEmpty {
      throw reader.error(
        .constraints,
        method.isConstrained
          ? "missing; expected a list of sets, which the method is for"
          : "belongs to projected_gradient, penalty and augmented_lagrangian, but method.name is another")
    }
    start = try Start(reader, isOptional: objective.isRegression)
    length = try Length(reader, method)
    if case .constrained = method, case .steps(0) = length {
      throw reader.error(.steps, expected: "an integer of at least 1 for this method, which counts rounds")
    }
    tolerance = try reader.double(.tolerance, .notNegative) ?? method.usualTolerance
    if case .constrained = method, tolerance == 0 {
      throw reader.error(.tolerance, expected: "a number greater than 0 for this method")
    }
    evaluateEvery = try reader.integer(.evaluateEvery)
    if evaluateEvery != nil, !method.isStochastic {
      throw reader.error(.evaluateEvery, "belongs to sgd, but method.name is another")
    }
    seed = try reader.integer(.seed, in: 0...Int.max) ?? 0
    check = try Check(reader.section(.check))
    picture = try Picture(reader.section(.picture))
    if check.stationaryPoint, method.isConstrained {
      throw reader.error(
        .check, "found stationary_point, expected a method without constraints, whose end may be none")
    }
  }

  /// Batches are of samples, noise is for functions without.
  private static func requireFit(
    _ estimate: Method.Estimate, _ objective: Objective, _ reader: ConfigurationReader<Key>
  ) throws(ConfigurationError) {
    switch estimate {
    case .minibatch where !objective.isRegression:
      throw reader.error(.method, "found batch, expected noise, since the objective has no samples")
    case .noise where objective.isRegression:
      throw reader.error(.method, "found noise, expected batch, since the objective has samples")
    default: break
    }
  }

  /// The complete configuration, defaults included, as one line of JSON, which `parse(_:source:overrides:)` reads back.
  package var canonicalJSON: String { json.description }

  /// The complete configuration, defaults included, with sorted keys.
  package var json: JSON {
    let (steps, epochs): (Int?, Int?) =
      switch length {
      case .steps(let count): (count, nil)
      case .epochs(let count): (nil, count)
      }
    return .section([
      Key.objective: objective.json, .data: data?.json, .method: method.json,
      .constraints: constraints.isEmpty ? nil : .list(constraints.map(\.json)), .start: start.json,
      .steps: steps.map(JSON.integer), .epochs: epochs.map(JSON.integer), .tolerance: .number(tolerance),
      .evaluateEvery: evaluateEvery.map(JSON.integer), .seed: .integer(seed), .check: check.json,
      .picture: picture == Picture() ? nil : picture.json,
    ])
  }
}

extension MinimizationConfiguration.Length {
  fileprivate init(
    _ reader: ConfigurationReader<MinimizationConfiguration.Key>, _ method: MinimizationConfiguration.Method
  ) throws(ConfigurationError) {
    let steps = try reader.integer(.steps, in: 0...Int.largestCount)
    guard let epochs = try reader.integer(.epochs) else {
      self = .steps(steps ?? 100)
      return
    }
    guard steps == nil else { throw reader.error(.epochs, "found together with steps, expected one of them") }
    guard case .stochastic(_, .minibatch) = method else {
      throw reader.error(.epochs, "belongs to sgd with batches, but this method counts steps")
    }
    self = .epochs(epochs)
  }
}
