import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

extension EndToEndTests {
  /// `lockstep minimize`.
  @Suite struct MinimizeTests {
    /// A print of the chapters, or a closed form.
    struct Example: Sendable, CustomTestStringConvertible {
      let name: String
      /// The last point.
      let x: [Double]
      /// The number of steps.
      let steps: Int
      var outcome = "step_limit"
      var testDescription: String { name }
      var status: Int32 { outcome == "diverging" ? 1 : 0 }
    }

    /// "Dive into Deep Learning", sections 12.3.1 to 12.3.3, in double precision.
    static let chapters = [
      Example(name: "square", x: [0.06046617599999997], steps: 10),
      Example(name: "square-slow", x: [3.4867844009999995], steps: 10),
      Example(name: "square-diverging", x: [61.917364224000096], steps: 10, outcome: "diverging"),
      Example(name: "cosine", x: [-1.528165927635083], steps: 10),
      Example(name: "cosine-newton", x: [26.83413291324767], steps: 10),
      Example(name: "cosine-newton-damped", x: [7.269860168684531], steps: 10),
      Example(name: "cosh-newton", x: [0], steps: 9, outcome: "converged"),
      Example(name: "valley", x: [-0.057646075230342354, -7.312316880125945e-05], steps: 20),
    ]

    @Test("the chapters' prints come out to the last digit", arguments: chapters)
    func prints(example: Example) throws {
      let run = try MinimizationOutput.run(example.name)
      #expect(run.ending.status == example.status, "\(run.ending.errors)")
      let end = try run.end
      #expect(end.string("outcome") == example.outcome)
      #expect(end.vector("x") == example.x)
      #expect(run.iterates.last?.vector("x") == example.x)
      #expect(end.integer("step") == example.steps && run.iterates.count == example.steps + 1)
      let printed = example.x.map { $0 == 0 ? "0.0" : String(format: "%.17g", $0) }.joined(separator: ", ")
      #expect(run.ending.output.contains("\nx [\(printed)]\n"))
      #expect(run.ending.output.contains("\ndigest \(try #require(end.string("digest")))\n"))
    }

    @Test("a run that diverges says why, in one line, with status 1")
    func diverging() throws {
      let run = try MinimizationOutput.run("square-diverging", ranks: 2)
      #expect(run.ending.status == 1)
      #expect(run.ending.errorLines.count == 1)
      let message = "square-diverging.yaml: diverging: learning rate 1.1 exceeds 2/λmax = 1\n"
      #expect(run.ending.errors.hasSuffix(message))
    }

    @Test("the points on the way are the book's, too")
    func trace() throws {
      let run = try MinimizationOutput.run("cosine-newton")
      let found = run.iterates.prefix(7).compactMap { $0.vector("x")?.first }
      let published = [
        10, 5.000000000000003, 24.9948794942, 27.7831059971, 26.8000992793, 26.8341786137, 26.8341329133,
      ]
      try #require(found.count == published.count)
      for (found, published) in zip(found, published) { #expect(abs(found - published) <= 0.5e-10) }
    }

    @Test(
      "constrained solutions are the closed forms",
      arguments: [
        ("ball-projected", [0.6, 0.8], nil),
        ("simplex-projected", [0.25, 0.75, 0], nil),
        ("half-space-augmented-lagrangian", [2, 1], [4]),
      ] as [(String, [Double], [Double]?)])
    func constrained(name: String, x: [Double], multipliers: [Double]?) throws {
      let run = try MinimizationOutput.run(name)
      let end = try run.end
      #expect(run.ending.status == 0 && end.string("outcome") == "converged", "\(run.ending.errors)")
      let found = try #require(end.vector("x"))
      try #require(found.count == x.count)
      for (found, expected) in zip(found, x) { #expect(abs(found - expected) < 1e-7) }
      guard let multipliers else {
        #expect(try #require(end.number("projected_gradient_residual")) <= 1e-8)
        return
      }
      #expect(try #require(end.number("kkt_residual")) <= 1e-8)
      let price = try #require(end.vector("inequalities"))
      try #require(price.count == multipliers.count)
      for (found, expected) in zip(price, multipliers) { #expect(abs(found - expected) < 1e-6) }
    }

    @Test("the same sets serve the projected gradient and the augmented Lagrangian")
    func methods() throws {
      let run = try MinimizationOutput.run("ball-projected", "method={name: augmented_lagrangian}")
      let end = try run.end
      #expect(end.string("outcome") == "converged", "\(run.ending.errors)")
      let (x, price) = (try #require(end.vector("x")), try #require(end.vector("inequalities")))
      try #require(x.count == 2 && price.count == 1)
      #expect(abs(x[0] - 0.6) < 1e-7 && abs(x[1] - 0.8) < 1e-7 && abs(price[0] - 0.5) < 1e-6)
    }

    @Test("a minimum, a saddle and a maximum are told apart")
    func stationaryPoints() throws {
      let valley = try MinimizationOutput.run("rosenbrock")
      #expect(try valley.end.string("stationary_point") == "minimum")
      let x = try #require(try valley.end.vector("x"))
      #expect(x.count == 2 && x.allSatisfy { abs($0 - 1) < 1e-7 })
      let ridge = try MinimizationOutput.run("saddle")
      #expect(try ridge.end.string("stationary_point") == "saddle")
      #expect(try ridge.end.vector("hessian_eigenvalues") == [-2, 2])
      let summit = try MinimizationOutput.run(
        text: """
          objective: {name: quadratic, matrix: [[-2, 0], [0, -4]]}
          method: {name: newton, indefinite: accepted}
          start: [1, 1]
          check: {stationary_point: true}
          """)
      #expect(try summit.end.string("stationary_point") == "maximum")
      let flat = try MinimizationOutput.run(
        text: """
          objective: {name: monkey_saddle}
          method: {name: gradient_descent, learning_rate: 1}
          start: [0, 0]
          check: {stationary_point: true}
          """)
      #expect(try flat.end.string("stationary_point") == "degenerate")
    }

    @Test("a counterexample of convexity is printed, and none of what is convex")
    func convexity() throws {
      let saddle = try MinimizationOutput.run("saddle")
      #expect(saddle.ending.output.contains("Jensen's inequality: not convex: between x = ["))
      let found = try #require(saddle.trajectory.events("convexity").first)
      let (value, chord) = (try #require(found.number("value")), try #require(found.number("chord")))
      #expect(value > chord && found.text.contains("\"is_refuted\": true"))
      let square = try MinimizationOutput.run("square", "check.convexity={lower: -9, upper: 9}")
      let none = try #require(square.trajectory.events("convexity").first)
      #expect(none.text.contains("\"jensen_counterexample\": null"))
      #expect(none.text.contains("\"is_refuted\": false"))
    }

    @Test(
      "pictures are XML, of every objective those that it can have",
      arguments: [
        ("square", ["loss-by-seconds.svg", "loss-by-step.svg", "path.svg"]),
        ("valley", ["loss-by-seconds.svg", "loss-by-step.svg", "path.svg"]),
        ("half-space-augmented-lagrangian", ["loss-by-seconds.svg", "loss-by-step.svg", "path.svg"]),
        ("simplex-projected", ["loss-by-seconds.svg", "loss-by-step.svg"]),
      ])
    func pictures(name: String, expected: [String]) throws {
      let run = try MinimizationOutput.run(name)
      #expect(run.pictures.keys.sorted() == expected)
      for (name, svg) in run.pictures {
        #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(name)")
        #expect(svg.hasPrefix("<svg") || svg.hasPrefix("<?xml"), "\(name)")
      }
    }

    @Test("the path is drawn where its points are")
    func path() throws {
      let run = try MinimizationOutput.run("valley")
      let picture = try #require(run.pictures["path.svg"])
      let points = try run.iterates.map { try #require($0.vector("x")) }
      // Each point has a dot; the start a ring, the end a large dot besides. The start (-5, -2) in axes -6 … 2 and -3 … 1
      // lies at an eighth and a quarter.
      let circles = try picture.matches(of: /<circle cx="([0-9.]+)" cy="([0-9.]+)"/).map {
        (try #require(Double($0.1)), try #require(Double($0.2)))
      }
      #expect(circles.count == points.count + 2)
      // Pictures are affine: from two points all others follow.
      let (first, last) = (points[0], points[points.count - 1])
      let begin = try #require(circles.first)
      #expect(circles.count { $0 == begin } == 2 && picture.contains(/<path d="M113.6 284L173.6 220L/))
      let end = try #require(circles.last)
      for point in points {
        let x = begin.0 + (point[0] - first[0]) / (last[0] - first[0]) * (end.0 - begin.0)
        let y = begin.1 + (point[1] - first[1]) / (last[1] - first[1]) * (end.1 - begin.1)
        #expect(circles.contains { abs($0.0 - x) < 0.2 && abs($0.1 - y) < 0.2 }, "\(point)")
      }
    }

    @Test("products with the Hessian alone, and the penalty method, reach what the others do")
    func further() throws {
      let newton = try MinimizationOutput.run("quadratic-newton-cg")
      #expect(try newton.end.string("outcome") == "converged")
      #expect(try #require(try newton.end.vector("x")).allSatisfy { abs($0) < 1e-8 })
      let penalty = try MinimizationOutput.run("half-space-penalty")
      #expect(try penalty.end.string("outcome") == "converged", "\(penalty.ending.errors)")
      let x = try #require(try penalty.end.vector("x"))
      #expect(x.count == 2 && abs(x[0] - 2) < 1e-5 && abs(x[1] - 1) < 1e-5)
      let exact = try MinimizationOutput.run("half-space-penalty", "tolerance=1e-12")
      #expect(exact.ending.status == 0)
      #expect(try exact.end.string("outcome") == "converged")
      #expect(try #require(try exact.end.number("rounding")) > 1e-12)
      #expect(exact.ending.output.contains("rounding hides the rest"))
    }

    /// A run that ends without a minimum, and what it is called.
    struct Failure: Sendable, CustomTestStringConvertible {
      let outcome: String
      let told: String
      let text: String
      var testDescription: String { "\(outcome): \(told)" }
    }

    @Test(
      "what does not converge has a name, one line and status 1",
      arguments: [
        Failure(
          outcome: "overflow", told: "smaller steps may help",
          text: """
            objective: {name: hyperbolic_cosine, scale: 1}
            method: {name: gradient_descent, learning_rate: 1}
            start: [20]
            """),
        Failure(
          outcome: "overflow", told: "not finite at the start",
          text: """
            objective: {name: hyperbolic_cosine, scale: 1}
            method: {name: newton}
            start: [2000]
            """),
        Failure(
          outcome: "no_minimum", told: "the objective has no minimum: its value falls for ever along [0, 1]",
          text: """
            objective: {name: quadratic, matrix: [[1, 0], [0, 0]], linear: [1, 1]}
            method: {name: newton}
            start: [1, 1]
            """),
        Failure(
          outcome: "no_minimum", told: "along [0, 1], where its curvature is not positive",
          text: """
            objective: {name: saddle}
            method: {name: gradient_descent, learning_rate: 0.1}
            start: [1, 0.001]
            """),
        Failure(
          outcome: "round_limit", told: "the KKT residual is above the tolerance",
          text: """
            objective: {name: quadratic, matrix: [[2, 0], [0, 4]]}
            method: {name: penalty}
            constraints: [{name: half_space, normal: [-1, -1], bound: -3}]
            start: [0, 0]
            steps: 2
            """),
        Failure(
          outcome: "unusable_hessian", told: "pivot 2 of 2 is zero",
          text: """
            objective: {name: quadratic, matrix: [[1, 0], [0, 0]]}
            method: {name: newton, indefinite: accepted}
            start: [1, 1]
            """),
        Failure(
          outcome: "infeasible", told: "the sets have no common point",
          text: """
            objective: {name: rosenbrock}
            method: {name: projected_gradient}
            constraints: [{name: ball, radius: 1}, {name: half_space, normal: [-1, 0], bound: -3}]
            start: [0, 0]
            """),
        Failure(
          outcome: "infeasible", told: "the constraints contradict each other",
          text: """
            objective: {name: rosenbrock}
            method: {name: augmented_lagrangian}
            constraints: [{name: ball, radius: 1}, {name: half_space, normal: [-1, 0], bound: -3}]
            start: [0, 0]
            """),
      ])
    func failures(failure: Failure) throws {
      for ranks in [1, 3] {
        let run = try MinimizationOutput.run(text: failure.text, ranks: ranks)
        #expect(run.ending.status == 1)
        #expect(try run.end.string("outcome") == failure.outcome)
        #expect(run.ending.errorLines.count == 1)
        #expect(run.ending.errors.contains(failure.told), "\(run.ending.errors)")
        #expect(run.ending.output.contains(failure.told))
      }
    }

    @Test("a long run prints few lines of its table and keeps every point in the file")
    func table() throws {
      let run = try MinimizationOutput.run("valley-sgd-exponential")
      #expect(run.iterates.count == 1001)
      // The start, 10 points up to 10, 9 up to 100, 9 up to 1000; some lines around them.
      #expect((29...45).contains(run.ending.output.split(separator: "\n").count))
    }
  }
}
