import NeuralNetworks
import Testing

@Suite struct InitializationTests {
  static let all: [Initialization] = [.standard, .xavier, .he]

  /// A parameter of 50 inputs and 128 outputs, cut to any number of elements.
  private func parameter(_ role: Graph.Parameter.Role, count: Int = 20_000) throws -> Graph.Parameter {
    let graph = try Graph(input: Shape(50), loss: .squared, model: Sequential(Linear(128), BatchNorm()))
    var parameter = try #require(graph.parameters.first { $0.role == role })
    parameter.shape = Shape(count)
    return parameter
  }

  /// Uniform in ±bound has the variance bound² / 3; in 20,000 draws the mean is within 5 deviations of its own.
  private func expectUniform(_ values: [Float], within bound: Double) {
    let values = values.map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    #expect(values.allSatisfy { abs($0) <= bound * (1 + 1e-6) })
    #expect((values.max() ?? 0) > 0.999 * bound && (values.min() ?? 0) < -0.999 * bound)
    #expect(abs(mean) < 5 * bound / (3 * Double(values.count)).squareRoot())
    #expect(abs(variance / (bound * bound / 3) - 1) < 0.04)
  }

  @Test(
    "standard is uniform in ±1/√fanIn, weights and biases", arguments: [Graph.Parameter.Role.weight, .bias])
  func standard(role: Graph.Parameter.Role) throws {
    let values = try Initialization.standard.values(for: parameter(role), at: 3, seed: 1)
    expectUniform(values, within: 1 / 50.0.squareRoot())
  }

  @Test("xavier is uniform in ±√(6/(fanIn + fanOut)), its biases as standard")
  func xavier() throws {
    let weights = try Initialization.xavier.values(for: parameter(.weight), at: 3, seed: 1)
    expectUniform(weights, within: (6.0 / 178).squareRoot())
    let biases = try parameter(.bias)
    #expect(
      Initialization.xavier.values(for: biases, at: 3, seed: 1)
        == Initialization.standard.values(for: biases, at: 3, seed: 1))
  }

  @Test("he is normal with deviation √(2/fanIn), its biases 0")
  func he() throws {
    let deviation = (2.0 / 50).squareRoot()
    let values = try Initialization.he.values(for: parameter(.weight), at: 3, seed: 1).map {
      Double($0) / deviation
    }
    let count = Double(values.count)
    #expect(abs(values.reduce(0, +) / count) < 5 / count.squareRoot())
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / count - 1) < 0.05)
    // The shares of a normal distribution within 1, 2 and 3 deviations; their own deviation is below 0.0033.
    for (limit, share) in [(1.0, 0.6827), (2, 0.9545), (3, 0.9973)] {
      let found = Double(values.count { abs($0) < limit }) / count
      #expect(abs(found - share) < 0.015, "within \(limit) deviations")
    }
    #expect(try Initialization.he.values(for: parameter(.bias), at: 3, seed: 1).allSatisfy { $0 == 0 })
  }

  @Test("scales begin at 1 and shifts at 0", arguments: all)
  func normalizations(initialization: Initialization) throws {
    #expect(try initialization.values(for: parameter(.scale), at: 0, seed: 5).allSatisfy { $0 == 1 })
    #expect(try initialization.values(for: parameter(.shift), at: 0, seed: 5).allSatisfy { $0 == 0 })
  }

  @Test("a tensor is a pure function of seed and position", arguments: all)
  func pure(initialization: Initialization) throws {
    let weights = try parameter(.weight, count: 500)
    func values(_ index: Int, _ seed: UInt64) -> [Float] {
      initialization.values(for: weights, at: index, seed: seed)
    }
    #expect(values(2, 7) == values(2, 7))
    var seen: [[Float]] = []
    for index in [0, 1, 2, 1000] {
      for seed: UInt64 in [0, 7, 1 << 32, .max] { seen.append(values(index, seed)) }
    }
    #expect(Set(seen).count == seen.count)
    // Not even parts of different tensors coincide.
    #expect(Set(seen.flatMap { $0 }).count > seen.count * 500 * 99 / 100)
  }

  @Test("the path plays no part, and a longer tensor begins as a shorter one", arguments: all)
  func prefix(initialization: Initialization) throws {
    let long = try initialization.values(for: parameter(.weight, count: 900), at: 4, seed: 2)
    var other = try parameter(.weight, count: 100)
    other.path = "elsewhere"
    #expect(initialization.values(for: other, at: 4, seed: 2) == Array(long.prefix(100)))
  }

  @Test("the names are those of configurations")
  func names() {
    #expect(Self.all.map(\.rawValue) == ["default", "xavier", "he"])
  }
}
