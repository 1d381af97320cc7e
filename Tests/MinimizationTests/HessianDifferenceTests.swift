import Minimization
import Randomness
import Testing

@Suite("Hessian products by differences of rounded gradients")
struct HessianDifferenceTests {
  /// f(x) = Σ λᵢ xᵢ² / 2 + c Σ xᵢ⁴ / 4 around a point that is not 0, with gradients rounded to `Float`.
  struct Quartic: Sendable, CustomTestStringConvertible {
    var quartic: Double
    var eigenvalues: [Double] = (0..<200).map { Double($0 % 7) * 15 - 20 }
    var point: [Double] { eigenvalues.indices.map { 0.3 + Double($0 % 5) / 4 } }
    var testDescription: String { "fourth derivatives of \(6 * quartic)" }

    func gradient(_ x: [Double]) -> [Double] {
      zip(eigenvalues, x).map { eigenvalue, x in
        let x = Double(Float(x))
        return Double(Float(eigenvalue * x + quartic * x * x * x))
      }
    }

    func product(_ v: [Double]) -> [Double] {
      zip(zip(eigenvalues, point), v).map { pair, v in (pair.0 + 3 * quartic * pair.1 * pair.1) * v }
    }

    func difference(seed: UInt64 = 4) throws -> HessianDifference {
      try HessianDifference(
        at: point, precision: Double(Float.ulpOfOne), seed: seed, gradient: gradient)
    }

    /// The largest error of a product with one of a few vectors of length one, by differences of a step.
    func error(_ product: ([Double]) throws -> [Double]) rethrows -> Double {
      var worst = 0.0
      for seed in 0..<8 {
        var random = Philox(seed: UInt64(seed), purpose: .test)
        let vector = point.map { _ in Double(random.normal()) }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let unit = vector.map { $0 / length }
        let error = zip(try product(unit), self.product(unit)).map { $0 - $1 }
        worst = max(worst, error.reduce(0) { $0 + $1 * $1 }.squareRoot())
      }
      return worst
    }

    /// The same by central differences of a given step.
    func error(step: Double) -> Double {
      error { vector in
        let after = gradient(zip(point, vector).map { $0 + step * $1 })
        let before = gradient(zip(point, vector).map { $0 - step * $1 })
        return zip(after, before).map { ($0 - $1) / (2 * step) }
      }
    }
  }

  static let functions = [0, 0.1, 10, 1000].map { Quartic(quartic: $0) }

  @Test("the error is what the estimate says, but for a small factor", arguments: functions)
  func estimate(function: Quartic) throws {
    let difference = try function.difference()
    let error = try function.error(difference.product)
    #expect(error <= 3 * difference.productError)
    #expect(error >= difference.productError / 100)
  }

  @Test("no other step gives much better products", arguments: functions)
  func balance(function: Quartic) throws {
    let difference = try function.difference()
    let found = try function.error(difference.product)
    // Without higher derivatives any longer step is better; the trial ends somewhere.
    for doublings in -8...(function.quartic > 0 ? 8 : 0) {
      let step = Double(sign: .plus, exponent: doublings, significand: difference.step)
      #expect(found <= 8 * function.error(step: step), "\(doublings) doublings")
    }
    // The control: a step that knows only one of the two errors is worse.
    let tooShort = function.error(step: difference.step / 256)
    #expect(tooShort > 8 * found)
    if function.quartic >= 10 { #expect(function.error(step: difference.step * 256) > 8 * found) }
  }

  @Test("larger higher derivatives want shorter steps")
  func adapts() throws {
    let steps = try Self.functions.map { try $0.difference().step }
    #expect(steps == steps.sorted(by: >) && steps[0] >= 8 * steps[3])
  }

  @Test("the scale is about the largest magnitude of an eigenvalue")
  func scale() throws {
    let scale = try Quartic(quartic: 0).difference().scale
    #expect(scale <= 70.1 && scale > 35)
  }

  @Test("lengths of vectors go through, and a vector of zeros gives zeros")
  func length() throws {
    let difference = try Quartic(quartic: 0.1).difference()
    let vector = difference.point
    let product = try difference.product(with: vector)
    let tenfold = try difference.product(with: vector.map { 16 * $0 })
    #expect(tenfold == product.map { 16 * $0 })
    #expect(try difference.product(with: vector.map { _ in 0 }) == vector.map { _ in 0 })
  }

  @Test("where nothing is seen of a curvature, the gradients' precision still bounds what is known of it")
  func flat() throws {
    let difference = try HessianDifference(at: [0, 0], precision: 1e-7, seed: 0) { _ in [3, 4] }
    #expect(difference.scale == 0)
    #expect(abs(difference.productError * difference.step / 1e-7 - 5) < 1e-12)
    #expect(try difference.product(with: [1, 2]) == [0, 0])
  }

  @Test("a gradient that is no number is named")
  func notFinite() {
    #expect(throws: OperatorError.productNotFinite(product: 1)) {
      try HessianDifference(at: [1], precision: 1e-7, seed: 0) { _ in [.nan] }
    }
  }
}
