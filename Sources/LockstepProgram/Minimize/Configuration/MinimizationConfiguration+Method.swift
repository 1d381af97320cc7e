import Configurations
package import Minimization
import Records

extension MinimizationConfiguration {
  /// How the objective is minimized: section `method`.
  package enum Method: Equatable, Sendable {
    package typealias Estimate = StochasticGradientDescent.Estimate

    /// x ← x − η ∇f(x).
    case gradientDescent(StepRule)
    /// x ← x − η H⁻¹ ∇f(x).
    case newton(StepRule, Newton.Indefinite)
    /// The same, solved roughly by Hessian-vector products, as many a step at most.
    case newtonConjugateGradients(StepRule, productLimit: Int?)
    /// x ← x − η |diag H|⁻¹ ∇f(x); the diagonal is estimated by so many probes, or exact.
    case diagonalPreconditioning(StepRule, probeCount: Int?)
    /// Along estimates of the gradient.
    case stochastic(LearningRate, Estimate)
    /// x ← P(x − η ∇f(x)).
    case projectedGradient(StepRule)
    /// A sequence of problems without constraints.
    case constrained(ConstrainedMinimizer.Method)

    /// Whether it needs constraints.
    var isConstrained: Bool {
      switch self {
      case .projectedGradient, .constrained: true
      default: false
      }
    }

    /// Whether it follows estimates.
    var isStochastic: Bool { if case .stochastic = self { true } else { false } }

    /// The tolerance if nothing is said; a penalty alone cannot reach more.
    var usualTolerance: Double { if case .constrained(.penalty) = self { 1e-6 } else { 1e-8 } }
  }
}

extension MinimizationConfiguration.Method {
  enum Name: String, ConfigurationWord {
    case newton, sgd, penalty
    case gradientDescent = "gradient_descent"
    case newtonConjugateGradients = "newton_cg"
    case diagonalPreconditioning = "diagonal_preconditioning"
    case projectedGradient = "projected_gradient"
    case augmentedLagrangian = "augmented_lagrangian"
  }

  enum Key: String, ConfigurationWord {
    case name, contraction, indefinite, products, diagonal, probes, batch, noise, schedule
    case learningRate = "learning_rate"
    case lineSearch = "line_search"

    /// The methods that the key has a meaning for; nil if it has one for all.
    fileprivate var owners: [Name]? {
      switch self {
      case .name: nil
      case .learningRate: Name.allCases.filter { ![.penalty, .augmentedLagrangian].contains($0) }
      case .lineSearch, .contraction:
        [
          .gradientDescent, .newton, .newtonConjugateGradients, .diagonalPreconditioning, .projectedGradient,
        ]
      case .indefinite: [.newton]
      case .products: [.newtonConjugateGradients]
      case .diagonal, .probes: [.diagonalPreconditioning]
      case .batch, .noise, .schedule: [.sgd]
      }
    }
  }

  enum LineSearch: String, ConfigurationWord {
    case none, backtracking
  }

  enum Diagonal: String, ConfigurationWord {
    case exact, estimated
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    let name: Name = try reader.requiredWord(.name)
    try reader.requireKeys(of: name, nameKey: .name) { $0.owners }
    switch name {
    case .gradientDescent: self = .gradientDescent(try Self.rule(reader, .none))
    case .newton:
      let indefinite: Newton.Indefinite = try reader.word(.indefinite) ?? .modified
      self = .newton(try Self.rule(reader, .none, usualRate: 1), indefinite)
    case .newtonConjugateGradients:
      self = .newtonConjugateGradients(
        try Self.rule(reader, .backtracking, usualRate: 1), productLimit: try reader.integer(.products))
    case .diagonalPreconditioning:
      self = .diagonalPreconditioning(
        try Self.rule(reader, .none), probeCount: try Self.probeCount(reader))
    case .sgd: self = try .stochastic(LearningRate(reader), Self.estimate(reader))
    case .projectedGradient: self = .projectedGradient(try Self.rule(reader, .backtracking))
    case .penalty: self = .constrained(.penalty)
    case .augmentedLagrangian: self = .constrained(.augmentedLagrangian)
    }
  }

  private static func rule(
    _ reader: ConfigurationReader<Key>, _ usual: LineSearch, usualRate: Double? = nil
  ) throws(ConfigurationError) -> StepRule {
    let rate = try reader.double(.learningRate, .positive)
    let contraction = try reader.double(.contraction, .properFraction)
    switch try reader.word(.lineSearch) ?? usual {
    case .backtracking: return .backtracking(initial: rate ?? 1, contraction: contraction ?? 0.5)
    case .none:
      guard contraction == nil else {
        throw reader.error(.contraction, "needs method.line_search backtracking, but that is none")
      }
      guard let rate = rate ?? usualRate else {
        throw reader.error(.learningRate, "missing; expected \(NumberRequirement.positive)")
      }
      return .fixed(rate)
    }
  }

  private static func probeCount(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) -> Int? {
    let probes = try reader.integer(.probes)
    switch try reader.word(.diagonal) ?? Diagonal.exact {
    case .estimated: return probes ?? 10
    case .exact:
      guard probes == nil else {
        throw reader.error(.probes, "needs method.diagonal estimated, but that is exact")
      }
      return nil
    }
  }

  private static func estimate(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) -> Estimate {
    let noise: ConfigurationReader<NoiseKey>? = try reader.optionalSection(.noise)
    guard let size = try reader.integer(.batch) else {
      guard let noise else {
        throw reader.error(.batch, "missing; expected the samples of a step, or noise where there are none")
      }
      return .noise(
        mean: try noise.double(.mean, .any) ?? 0, deviation: try noise.double(.deviation, .notNegative) ?? 1)
    }
    guard noise == nil else { throw reader.error(.noise, "found together with batch, expected one of them") }
    return .minibatch(size: size)
  }

  enum NoiseKey: String, ConfigurationWord {
    case mean, deviation
  }
}

extension NumberRequirement {
  fileprivate static var properFraction: Self {
    .init(description: "a number greater than 0 and at most 0.99") { $0 > 0 && $0 <= 0.99 }
  }
}

extension Newton.Indefinite: ConfigurationWord {}

// MARK: - JSON

extension MinimizationConfiguration.Method {
  /// What the configuration calls it.
  var name: String { word.rawValue }

  private var word: Name {
    switch self {
    case .gradientDescent: .gradientDescent
    case .newton: .newton
    case .newtonConjugateGradients: .newtonConjugateGradients
    case .diagonalPreconditioning: .diagonalPreconditioning
    case .stochastic: .sgd
    case .projectedGradient: .projectedGradient
    case .constrained(.penalty): .penalty
    case .constrained(.augmentedLagrangian): .augmentedLagrangian
    }
  }

  var json: JSON {
    var members: [Key: JSON?] = [.name: .word(word)]
    switch self {
    case .gradientDescent(let rule), .projectedGradient(let rule):
      members.merge(Self.members(of: rule)) { $1 }
    case .newton(let rule, let indefinite):
      members.merge(Self.members(of: rule)) { $1 }
      members[.indefinite] = .word(indefinite)
    case .newtonConjugateGradients(let rule, let limit):
      members.merge(Self.members(of: rule)) { $1 }
      members[.products] = limit.map(JSON.integer)
    case .diagonalPreconditioning(let rule, let probeCount):
      members.merge(Self.members(of: rule)) { $1 }
      members[.diagonal] = .word(probeCount == nil ? Diagonal.exact : .estimated)
      members[.probes] = probeCount.map(JSON.integer)
    case .stochastic(let rate, let estimate):
      members[.learningRate] = .number(rate.base)
      members[.schedule] = rate.json
      switch estimate {
      case .minibatch(let size): members[.batch] = .integer(size)
      case .noise(let mean, let deviation):
        members[.noise] = .section([NoiseKey.mean: .number(mean), .deviation: .number(deviation)])
      }
    case .constrained: break
    }
    return .section(members)
  }

  private static func members(of rule: StepRule) -> [Key: JSON?] {
    switch rule {
    case .fixed(let rate): [.learningRate: .number(rate), .lineSearch: .word(LineSearch.none)]
    case .backtracking(let initial, let contraction):
      [
        .learningRate: .number(initial), .lineSearch: .word(LineSearch.backtracking),
        .contraction: .number(contraction),
      ]
    }
  }
}
