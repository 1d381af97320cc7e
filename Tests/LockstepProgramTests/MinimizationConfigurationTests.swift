import Foundation
import Minimization
import Testing
import Training

@Suite struct MinimizationConfigurationTests {
  private func parse(_ text: String, _ overrides: String...) throws -> MinimizationConfiguration {
    try MinimizationConfiguration.parse(text, source: "x.yaml", overrides: overrides)
  }

  static let square = "objective: {name: square}\nmethod: {name: newton}\nstart: [10]\n"

  @Test("all but objective, method and start has a default")
  func defaults() throws {
    let configuration = try parse(Self.square)
    #expect(configuration.objective == .square)
    #expect(configuration.method == .newton(.fixed(1), .modified))
    #expect(configuration.start == .point(.each([10])))
    #expect(configuration.length == .steps(100))
    #expect(configuration.tolerance == 1e-8 && configuration.seed == 0)
    #expect(configuration.data == nil && configuration.constraints == [])
    #expect(configuration.evaluateEvery == nil)
    #expect(configuration.check.convexity == nil && !configuration.check.stationaryPoint)
  }

  @Test("every key is read")
  func keys() throws {
    let configuration = try parse(
      """
      objective: {name: softmax_regression, classes: 3, penalty: 0.01}
      data:
        path: here.csv
        rows: 100
        standardize: features
        target: kind
        scale_columns: [1, 1e-60]
        microshards: 5
      method:
        name: sgd
        learning_rate: 0.5
        batch: 10
        schedule: {name: polynomial, decay: 0.1, power: 0.75}
      start: {deviation: 0.01}
      epochs: 3
      tolerance: 1e-50
      evaluate_every: 7
      seed: 9
      check: {convexity: {lower: -1, upper: [1, 2], samples: 5}, stationary_point: true}
      """)
    #expect(configuration.objective == .regression(.softmax(classes: 3), penalty: 0.01))
    let data = try #require(configuration.data)
    #expect(data.path == "here.csv" && data.rows == 100 && data.standardize == .features)
    #expect(data.target == .name("kind") && data.scaleColumns == [1, 1e-60] && data.microshards == 5)
    #expect(
      configuration.method
        == .stochastic(.polynomial(0.5, decay: 0.1, power: 0.75), .minibatch(size: 10)))
    #expect(configuration.start == .normal(deviation: 0.01))
    #expect(configuration.length == .epochs(3))
    #expect(configuration.tolerance == 1e-50 && configuration.evaluateEvery == 7 && configuration.seed == 9)
    let convexity = try #require(configuration.check.convexity)
    #expect(convexity.lower == .all(-1) && convexity.upper == .each([1, 2]) && convexity.samples == 5)
    #expect(configuration.check.stationaryPoint)
  }

  @Test(
    "the complete configuration reads back to an equal one",
    arguments: [
      square,
      """
      objective: {name: quadratic, matrix: [[2, 1], [1, 4]], linear: [0.1, -3e-70]}
      method: {name: projected_gradient, contraction: 0.3}
      start: 0
      constraints:
        - {name: ball, radius: 2}
        - {name: box, lower: [0, -1]}
        - {name: half_space, normal: [1, 1], bound: 3}
        - {name: simplex}
        - {name: affine, matrix: [[1, -1]], right_hand_side: [0]}
      """,
      "objective: {name: quadratic, eigenvalues: [1, 2]}\nmethod: {name: newton_cg, products: 5}\nstart: 1",
      "objective: {name: rosenbrock, dimension: 4}\nmethod: {name: newton, indefinite: refused}\nstart: 2",
      """
      objective: {name: linear_regression}
      data: {path: a, target: 2}
      method: {name: sgd, learning_rate: 1, batch: 3, schedule: {name: exponential, decay: 1}}
      epochs: 2
      """,
      "objective: {name: saddle}\nmethod: {name: sgd, learning_rate: 1, noise: {mean: 0.1}}\nstart: [1, 0]",
      """
      objective: {name: logistic_regression, penalty: 1}
      data: {path: a}
      method: {name: diagonal_preconditioning, learning_rate: 0.5, diagonal: estimated, probes: 3}
      """,
      """
      objective: {name: hyperbolic_cosine, scale: 0.5}
      method: {name: penalty}
      constraints: [{name: box, lower: 1}]
      start: [3]
      check: {convexity: {lower: -1, upper: 1}}
      """,
    ])
  func roundTrip(text: String) throws {
    let configuration = try parse(text)
    #expect(try parse(configuration.canonicalJSON) == configuration)
  }

  /// What the user is told of a configuration.
  struct Wrong: CustomTestStringConvertible {
    let text: String
    let message: String
    var testDescription: String { message }

    /// A change of a valid configuration.
    static func change(
      _ change: String, of text: String = MinimizationConfigurationTests.square, _ message: String
    ) -> Wrong {
      Wrong(text: text + change, message: message)
    }
  }

  static let regression =
    "objective: {name: linear_regression}\nmethod: {name: sgd, learning_rate: 1, batch: 1}\n"

  @Test(
    "mistakes are told with place, key and what would be right",
    arguments: [
      .change("stepts: 3", #"x.yaml:4: stepts: unknown key; did you mean "steps"?"#),
      .change(
        "check: {convex: {}}",
        "x.yaml:4: check.convex: unknown key; expected one of convexity, stationary_point"),
      Wrong(
        text: "objective: {name: squar}\nmethod: {name: newton}\nstart: [1]",
        message: #"x.yaml:1: objective.name: found squar; did you mean "square"?"#),
      Wrong(
        text: "objective: {name: square, scale: 2}\nmethod: {name: newton}\nstart: [1]",
        message: "x.yaml:1: objective.scale: belongs to hyperbolic_cosine, but objective.name is square"),
      Wrong(
        text: "objective: {name: square}\nmethod: {name: newton}",
        message: "x.yaml:1: start: missing; expected a list of numbers"),
      Wrong(
        text: "objective: {name: square}\nmethod: {name: gradient_descent}\nstart: [1]",
        message: "x.yaml:2: method.learning_rate: missing; expected a number greater than 0"),
      Wrong(
        text: "objective: {name: square}\nmethod: {name: gradient_descent, learning_rate: -1}\nstart: [1]",
        message: "x.yaml:2: method.learning_rate: found -1, expected a number greater than 0"),
      Wrong(
        text: "objective: {name: square}\nmethod: {name: newton, batch: 2}\nstart: [1]",
        message: "x.yaml:2: method.batch: belongs to sgd, but method.name is newton"),
      Wrong(
        text: "objective: {name: quadratic, matrix: [[1, 2], [3, 4]]}\nmethod: {name: newton}\nstart: [1, 1]",
        message: "x.yaml:1: objective.matrix: found a list, expected a symmetric matrix"),
      Wrong(
        text: "objective: {name: quadratic, matrix: [[1, 2], [3]]}\nmethod: {name: newton}\nstart: [1, 1]",
        message: "x.yaml:1: objective.matrix[1]: found a list, expected 2 numbers as in the first row, not 1"),
      Wrong(
        text: "objective: {name: quadratic, matrix: [[1, x]]}\nmethod: {name: newton}\nstart: [1, 1]",
        message: "x.yaml:1: objective.matrix[0][1]: found x, expected a finite number"),
      Wrong(
        text: "objective: {name: square}\nmethod: {name: newton}\nstart: [.inf]",
        message: "x.yaml:3: start[0]: found .inf, expected a finite number"),
      .change(
        "data: {path: a}", "x.yaml:4: data: belongs to regressions, but objective.name is another"),
      .change("epochs: 2", "x.yaml:4: epochs: belongs to sgd with batches, but this method counts steps"),
      .change("evaluate_every: 2", "x.yaml:4: evaluate_every: belongs to sgd, but method.name is another"),
      .change(
        "constraints: [{name: ball, radius: 1}]",
        """
        x.yaml:4: constraints: belongs to projected_gradient, penalty and augmented_lagrangian, but method.name \
        is another
        """),
      Wrong(
        text: """
          objective: {name: square}
          method: {name: penalty}
          start: [1]
          constraints: [{name: ball, radius: -1}]
          """,
        message: "x.yaml:4: constraints[0].radius: found -1, expected a number of at least 0"),
      Wrong(
        text: "objective: {name: square}\nmethod: {name: penalty}\nstart: [1]",
        message: "x.yaml:1: constraints: missing; expected a list of sets, which the method is for"),
      .change(
        "", of: regression,
        "x.yaml:1: data: missing; expected a mapping with path, since a regression needs samples"),
      .change(
        "data: {path: a, standardise: all}", of: regression,
        #"x.yaml:3: data.standardise: unknown key; did you mean "standardize"?"#),
      .change(
        "data: {path: a, target: 0}", of: regression,
        "x.yaml:3: data.target: found 0, expected a column's number from 1 on, or its name"),
      .change(
        "data: {path: a}\nsteps: 1\nepochs: 1", of: regression,
        "x.yaml:5: epochs: found together with steps, expected one of them"),
    ] as [Wrong])
  func mistakes(wrong: Wrong) throws {
    let error = #expect(throws: ConfigurationError.self) { try parse(wrong.text) }
    #expect(error?.description == wrong.message)
  }

  @Test("every configuration in configs/minimize can be read")
  func shipped() throws {
    let folder = URL(filePath: #filePath).appending(path: "../../../configs/minimize").standardized
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
    #expect(files.count >= 20 && files.allSatisfy { $0.hasSuffix(".yaml") })
    for file in files {
      _ = try MinimizationConfiguration.load(path: folder.appending(path: file).path())
    }
  }
}
