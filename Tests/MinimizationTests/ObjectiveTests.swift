import Foundation
import Minimization
import Testing

/// An objective that hides its Hessian.
private struct WithoutHessian<Base: Objective>: Objective {
  let base: Base
  var dimension: Int { base.dimension }
  func value(at x: [Double]) throws -> Double { try base.value(at: x) }
  func gradient(at x: [Double]) throws -> [Double] { try base.gradient(at: x) }
}

@Suite struct ObjectiveTests {
  static func all() throws -> [any TwiceDifferentiableObjective] {
    [
      ScalarFunction.square, ScalarFunction.cosineProduct(frequency: 0.15),
      ScalarFunction.hyperbolicCosine(scale: 0.5), Quadratic(matrix: DenseMatrix(diagonal: [2, 4])),
      try Quadratic(eigenvalues: [1, -3, 10], seed: 1),
      Quadratic(matrix: randomSymmetric(4, seed: 1), linear: normals(4, seed: 2)),
      Rosenbrock(), Rosenbrock(dimension: 5), Quadratic.saddle, MonkeySaddle(),
    ] + (try regressions())
  }

  @Test("the gradient is the limit of differences of the value")
  func gradients() throws {
    for objective in try Self.all() {
      let x = normals(objective.dimension, seed: 11).map { $0 / 2 }
      let gradient = try objective.gradient(at: x)
      let differences = try x.indices.map { index in
        try derivative(at: x, index) { [try objective.value(at: $0)] }[0]
      }
      let size = 1 + gradient.reduce(0) { max($0, abs($1)) }
      #expect(distance(gradient, differences) < 1e-9 * size, "\(objective)")
      let both = try objective.valueAndGradient(at: x)
      #expect(both.gradient == gradient)
      #expect(both.value == (try objective.value(at: x)), "\(type(of: objective))")
    }
  }

  @Test("the Hessian is the limit of differences of the gradient, and symmetric")
  func hessians() throws {
    for objective in try Self.all() {
      let x = normals(objective.dimension, seed: 12).map { $0 / 2 }
      let hessian = try objective.hessian(at: x)
      #expect(hessian == hessian.transposed)
      #expect(try objective.hessianDiagonal(at: x) == hessian.diagonal)
      let differences = try x.indices.flatMap { index in
        try derivative(at: x, index) { try objective.gradient(at: $0) }
      }
      let size = 1 + hessian.elements.reduce(0) { max($0, abs($1)) }
      #expect(distance(hessian.elements, differences) < 1e-9 * size, "\(type(of: objective))")
      if objective.isQuadratic {
        let elsewhere = try objective.hessian(at: normals(x.count, seed: 13))
        #expect(elsewhere == hessian, "\(type(of: objective))")
      }
    }
  }

  @Test("a Hessian-vector product is the Hessian times the vector, with or without a Hessian")
  func products() throws {
    for objective in try Self.all() {
      let x = normals(objective.dimension, seed: 14).map { $0 / 2 }
      let vector = normals(objective.dimension, seed: 15).map { $0 * 100 }
      let expected = try objective.hessian(at: x).times(vector)
      let size = 1 + expected.reduce(0) { max($0, abs($1)) }
      #expect(
        distance(try objective.hessianProduct(at: x, with: vector), expected) < 1e-13 * size,
        "\(type(of: objective))")
      #expect(
        distance(try differenced(objective, x, vector), expected) < 1e-7 * size,
        "\(type(of: objective))")
      let zero = [Double](repeating: 0, count: x.count)
      #expect(try differenced(objective, x, zero) == zero)
    }
  }

  @Test("a rotated quadratic has the eigenvalues asked for, in directions that the seed names")
  func rotated() throws {
    let eigenvalues = [-2, 0.001, 1, 1000]
    let quadratic = try Quadratic(eigenvalues: eigenvalues, seed: 4)
    #expect(distance(try symmetricEigen(quadratic.matrix).values, eigenvalues) < 1e-11)
    #expect(quadratic == (try Quadratic(eigenvalues: eigenvalues, seed: 4)))
    #expect(quadratic != (try Quadratic(eigenvalues: eigenvalues, seed: 5)))
    #expect(abs(quadratic.matrix[0, 1]) > 0.1)
  }

  @Test("known points: stationary, with the values of the definition")
  func knownPoints() throws {
    let ones = [Double](repeating: 1, count: 5)
    #expect(Rosenbrock(dimension: 5).value(at: ones) == 0)
    #expect(Rosenbrock(dimension: 5).gradient(at: ones) == [0, 0, 0, 0, 0])
    // The usual start of the literature: Moré, Garbow, Hillstrom, ACM TOMS 7, 1981, problem 1.
    #expect(abs(Rosenbrock().value(at: [-1.2, 1]) - 24.2) < 1e-13)
    #expect(Quadratic.saddle.value(at: [3, 2]) == 5)
    #expect(MonkeySaddle().value(at: [2, 1]) == 2)
    #expect(MonkeySaddle().hessian(at: [0, 0]).elements == [0, 0, 0, 0])
  }

  private func differenced(
    _ objective: some Objective, _ x: [Double], _ vector: [Double]
  ) throws -> [Double] {
    try WithoutHessian(base: objective).hessianProduct(at: x, with: vector)
  }

  /// The derivative by one variable, by differences of fourth order.
  private func derivative(
    at x: [Double], _ index: Int, of function: ([Double]) throws -> [Double]
  ) rethrows -> [Double] {
    let step = 1e-3
    let values = try [-2.0, -1, 1, 2].map { factor in
      var moved = x
      moved[index] += factor * step
      return try function(moved)
    }
    return values[0].indices.map {
      (values[0][$0] - 8 * values[1][$0] + 8 * values[2][$0] - values[3][$0]) / (12 * step)
    }
  }
}
