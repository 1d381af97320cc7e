import Foundation
import Testing

private let airfoil = ProcessInfo.processInfo.environment["LOCKSTEP_AIRFOIL"]

extension EndToEndTests {
  /// `lockstep minimize` over the samples of several ranks.
  @Suite struct MinimizeRegressionTests {
    /// A made-up table: two features, a number and a class, 53 rows.
    private static let table = (0..<53).map { row in
      let (a, b) = (sin(Double(row)), 40 * sin(1.7 * Double(row)))
      return "\(a),\(b),\(3 * a - 0.02 * b + 0.1 * sin(5.1 * Double(row))),\(row * 5 % 3)"
    }.joined(separator: "\n")

    private func run(_ text: String, ranks: Int?, rows: [String]? = nil) throws -> MinimizationOutput {
      try withTemporaryDirectory { directory in
        let file = directory.appending(path: "table.csv")
        let table = rows.map { "a,b,kind\n" + $0.joined(separator: "\n") } ?? "a,b,target,kind\n\(Self.table)"
        try Data("\(table)\n".utf8).write(to: file)
        return try MinimizationOutput.run(text: text.replacing("TABLE", with: file.path), ranks: ranks)
      }
    }

    static let regressions = [
      """
      objective: {name: linear_regression, penalty: 0.01}
      data: {path: TABLE, target: target, standardize: all}
      method: {name: newton, line_search: backtracking}
      """,
      """
      objective: {name: linear_regression}
      data: {path: TABLE, target: target, standardize: features, rows: 50, microshards: 5}
      method: {name: sgd, learning_rate: 0.05, batch: 7}
      start: {deviation: 0.01}
      epochs: 3
      evaluate_every: 2
      """,
      """
      objective: {name: softmax_regression, classes: 3, penalty: 0.1}
      data: {path: TABLE, target: kind, standardize: features}
      method: {name: newton_cg}
      check: {stationary_point: true, convexity: {lower: -1, upper: 1, samples: 5}}
      """,
      """
      objective: {name: softmax_regression, classes: 3}
      data: {path: TABLE, target: 4}
      method: {name: diagonal_preconditioning, learning_rate: 0.1, diagonal: estimated, probes: 50}
      steps: 15
      """,
      """
      objective: {name: linear_regression}
      data: {path: TABLE, target: 3, standardize: all}
      method: {name: projected_gradient}
      constraints: [{name: ball, radius: 0.5}, {name: box, lower: 0}]
      """,
      """
      objective: {name: linear_regression}
      data: {path: TABLE, target: 3, standardize: all}
      method: {name: augmented_lagrangian}
      constraints: [{name: half_space, normal: [1, 1, 0, 0], bound: 0.1}]
      """,
    ]

    @Test(
      "1, 2 and 3 ranks, and a start without mpirun, give the same digits, all of them",
      arguments: regressions)
    func sameDigits(text: String) throws {
      let reference = try run(text, ranks: 1)
      #expect(reference.ending.status == 0, "\(reference.ending.errors)")
      #expect(reference.iterates.count > 1)
      for ranks in [nil, 2, 3] as [Int?] {
        let other = try run(text, ranks: ranks)
        #expect(other.ending.status == 0, "\(other.ending.errors)")
        #expect(other.bits == reference.bits, "\(ranks ?? 0) ranks")
      }
    }

    @Test(
      "classes that a column separates have no minimum, whose column is told; with a penalty they have one")
    func separable() throws {
      let text = """
        objective: {name: logistic_regression}
        data: {path: TABLE, target: kind, standardize: features, scale_columns: [2, 1]}
        method: {name: newton}
        """
      for ranks in [1, 3] {
        let endless = try run(
          text, ranks: ranks, rows: ["5,7,0", "-1,2,0", "3,1,0", "8,2,1", "9,9,1", "7,-4,1"])
        #expect(endless.ending.status == 1)
        #expect(try endless.end.string("outcome") == "no_minimum")
        let told =
          "the objective has no minimum: column a alone separates the classes at 6, so that the loss falls"
        #expect(endless.ending.errorLines.count == 1 && endless.ending.errors.contains(told))
        #expect(try endless.end.vector("direction")?.count == 3)
        // Samples of both classes at 7.
        let touching = try run(
          text, ranks: ranks, rows: ["5,7,0", "-1,2,0", "7,1,0", "8,2,1", "9,9,1", "7,-4,1"])
        #expect(touching.ending.errors.contains("at 7, where samples of both lie"))
        let single = try run(text, ranks: ranks, rows: ["5,7,1", "-1,2,1", "3,1,1"])
        #expect(single.ending.status == 1)
        #expect(single.ending.errors.contains("class 0 has no samples"), "\(single.ending.errors)")
        let penalized = try run(
          text.replacing("regression}", with: "regression, penalty: 0.1}"), ranks: ranks,
          rows: ["5,7,0", "-1,2,0", "3,1,0", "8,2,1", "9,9,1", "7,-4,1"])
        #expect(penalized.ending.status == 0)
        #expect(try penalized.end.string("outcome") == "converged")
      }
    }

    @Test("columns of 1e4 and 1e-4 do not keep Newton's method from the least squares")
    func units() throws {
      let text = """
        objective: {name: linear_regression}
        data: {path: TABLE, target: 3}
        method: {name: newton}
        steps: 50
        """
      let rows = (0..<40).map { row in
        let (a, b) = (sin(1.3 * Double(row)), cos(2.1 * Double(row)))
        return (a, b, 2 * a - 3 * b + 1 + 0.1 * sin(7.7 * Double(row)))
      }
      let plain = try run(text, ranks: 2, rows: rows.map { "\($0.0),\($0.1),\($0.2)" })
      let scaled = try run(text, ranks: 2, rows: rows.map { "\($0.0 * 1e4),\($0.1 * 1e-4),\($0.2)" })
      #expect(try plain.end.string("outcome") == "converged")
      #expect(try scaled.end.string("outcome") == "converged")
      let (first, second) = (
        try #require(try plain.end.number("value")), try #require(try scaled.end.number("value"))
      )
      #expect(abs(first - second) < 1e-12)
    }

    @Test(
      "so do functions, which every rank computes for itself", arguments: ["cosine", "valley-sgd", "saddle"])
    func functions(name: String) throws {
      let reference = try MinimizationOutput.run(name)
      #expect(try MinimizationOutput.run(name, ranks: 3).bits == reference.bits)
    }

    @Test("other microshards or another seed are noticed")
    func controls() throws {
      let reference = try run(Self.regressions[1], ranks: 2)
      for change in ["microshards: 5": "microshards: 6", "epochs: 3": "epochs: 3\nseed: 1"] {
        let other = try run(Self.regressions[1].replacing(change.key, with: change.value), ranks: 2)
        #expect(other.bits != reference.bits, "\(change.value)")
      }
    }

    @Test("the loss is drawn against epochs")
    func epochs() throws {
      let run = try run(Self.regressions[1], ranks: 2)
      #expect(run.pictures.keys.sorted() == ["loss-by-epoch.svg", "loss-by-seconds.svg"])
      // Three epochs of eight batches, the start and every second step.
      #expect(run.iterates.compactMap { $0.number("epoch") } == (0...12).map { Double($0) / 4 })
    }
  }

  /// NASA's airfoil self-noise, of which LOCKSTEP_AIRFOIL names the file.
  @Suite(.enabled(if: airfoil != nil, "LOCKSTEP_AIRFOIL names no file"))
  struct AirfoilTests {
    private func run(
      _ name: String, ranks: Int = 2, _ change: String = "seed=0"
    ) throws -> MinimizationOutput {
      try MinimizationOutput.run(name, ranks: ranks, "data.path=\(try #require(airfoil))", change)
    }

    private static let optimum = 0.24168795509

    @Test("Newton's method reaches the optimum in one step")
    func newton() throws {
      let run = try run("airfoil-newton")
      let losses = run.iterates.compactMap { $0.number("value") }
      #expect(abs(losses[0] - 0.493258971927) < 0.5e-12 && abs(losses[1] - Self.optimum) < 0.5e-11)
      #expect(try run.end.string("outcome") == "converged" && run.end.integer("step") == 1)
      let eigenvalues = try #require(try run.end.vector("hessian_eigenvalues"))
      let published = [0.17369, 0.66650, 0.91806, 1.00004, 1.12616, 2.09848]
      try #require(eigenvalues.count == published.count)
      #expect(zip(eigenvalues, published).allSatisfy { abs($0 - $1) <= 0.5e-5 })
    }

    @Test("full-batch descent at rate 1 diverges slowly, and says so")
    func diverging() throws {
      let run = try run("airfoil-gd", ranks: 3)
      let losses = run.iterates.compactMap { $0.number("value") }
      let published = [0.493259, 0.275710, 0.250312, 0.246494, 0.245498, 0.245132, 0.245078]
      try #require(losses.count == published.count)
      #expect(zip(losses, published).allSatisfy { abs($0 - $1) <= 0.5e-6 })
      #expect(run.ending.status == 1)
      #expect(run.ending.errors.contains("diverging: learning rate 1 exceeds 2/λmax = 0.953"))
    }

    @Test(
      "descent by batches ends in the known band, never below the optimum",
      arguments: [
        ("airfoil-sgd", 0.24218...0.24999), ("airfoil-minibatch-10", 0.24231...0.25019),
        ("airfoil-minibatch-100", 0.24226...0.25336),
      ])
    func bands(name: String, band: ClosedRange<Double>) throws {
      let runs = try (0..<3).map { try run(name, "seed=\($0)") }
      let losses = try runs.map { try #require(try $0.end.number("value")) }
      // Each lies in its band with a probability of 95 %: two of three do, whatever the seeds, in 99.3 of 100 cases.
      #expect(losses.count { band.contains($0) } >= 2, "\(losses)")
      for run in runs {
        #expect(run.iterates.compactMap { $0.number("value") }.allSatisfy { $0 >= Self.optimum })
      }
    }

    @Test("a badly scaled copy is hard for gradient descent, and not for diagonal preconditioning")
    func scaled() throws {
      let plain = try run("airfoil-scaled-gd")
      let preconditioned = try run("airfoil-scaled-diagonal")
      #expect(try plain.end.string("outcome") == "step_limit")
      #expect(try #require(try plain.end.number("gradient_norm")) > 1e-5)
      #expect(try preconditioned.end.string("outcome") == "converged")
      #expect(try #require(try preconditioned.end.integer("step")) < 150)
      #expect(abs(try #require(try preconditioned.end.number("value")) - Self.optimum) < 0.5e-11)
    }
  }
}
