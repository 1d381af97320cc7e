import Reports
import Testing

@Suite("Ticks")
struct TickTests {
  static let ranges: [(Double, Double)] = [
    (0, 1), (-1, 1), (0.2417, 0.4933), (1e-12, 1), (3, 3.0001), (-1e9, 5), (0.3, 0.6), (1, 1.2), (7, 800),
    (1e-300, 1e300), (0.999, 2.9), (-0.07, 0.0001), (9.99e5, 1.01e6), (2, 5), (1, 10), (0.01, 0.029),
  ]

  @Test("Linear ticks cover the range, are round and evenly spaced", arguments: ranges)
  func linear(lower: Double, upper: Double) throws {
    let ticks = Tick.linear(from: lower, to: upper)
    let first = try #require(ticks.first).value
    let last = try #require(ticks.last).value
    let step = (last - first) / Double(ticks.count - 1)
    #expect((3...7).contains(ticks.count))
    #expect(first <= lower + 1e-8 * step && first > lower - step)
    #expect(last >= upper - 1e-8 * step && last < upper + step)
    for (tick, next) in zip(ticks, ticks.dropFirst()) {
      #expect(abs(next.value - tick.value - step) < 1e-9 * step)
    }
  }

  @Test("Logarithmic ticks cover the range and are positive", arguments: ranges.filter { $0.0 > 0 })
  func logarithmic(lower: Double, upper: Double) throws {
    let ticks = Tick.logarithmic(from: lower, to: upper)
    #expect((2...10).contains(ticks.count))
    #expect(try #require(ticks.first).value <= lower * (1 + 1e-8))
    #expect(try #require(ticks.last).value >= upper * (1 - 1e-8))
    #expect(ticks.allSatisfy { $0.value > 0 })
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value })
  }

  @Test("A label reads back as its tick's value")
  func labels() throws {
    for mantissa in [1, -1, 2, 5, 12, 125, -305, 999_999, 1_000_001] {
      for exponent in -12...12 {
        let tick = Tick(mantissa, exponent: exponent)
        let label = tick.label.replacing("−", with: "-")
        #expect(Double(label) == tick.value)
        #expect(label.count <= 12)
      }
    }
    #expect(Tick(0, exponent: 3).label == "0")
    #expect(Tick(25, exponent: -2).label == "0.25")
    #expect(Tick(-5, exponent: -1).label == "−0.5")
    #expect(Tick(1, exponent: -6).label == "1e-6")
    #expect(Tick(12, exponent: 6).label == "1.2e7")
  }
}
