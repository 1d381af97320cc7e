import Foundation

/// How an axis spreads its values.
package enum AxisScale {
  /// Equal distances are equal differences.
  case linear
  /// Equal distances are equal ratios; only positive values have a place.
  case logarithmic
}

/// One axis of a chart: the values it covers and its ticks.
package struct Axis {
  let scale: AxisScale
  package let ticks: [Tick]
  /// The value at the beginning of the axis.
  package let lower: Double
  /// The value at the end of the axis.
  package let upper: Double

  /// Makes an axis of exactly this range, with the ticks that lie in it.
  ///
  /// - Parameter range: of two different numbers, between ±10³⁰⁰; positive ones for a logarithmic scale.
  package init(scale: AxisScale, range: ClosedRange<Double>) {
    let around = Axis(scale: scale, covering: [range.lowerBound, range.upperBound])
    self.scale = scale
    (lower, upper) = (range.lowerBound, range.upperBound)
    // Ends that are ticks but for rounding are ticks.
    let slack = 1e-9 * (range.upperBound - range.lowerBound)
    ticks = around.ticks.filter {
      $0.value >= range.lowerBound - slack && $0.value <= range.upperBound + slack
    }
  }

  /// Makes an axis that covers some values, from tick to tick.
  ///
  /// Values that have no place on the scale are left out; without any, the axis goes from 0 to 1, or on a
  /// logarithmic scale from 1 to 10.
  package init(scale: AxisScale, covering values: some Sequence<Double>) {
    self.scale = scale
    let placed = values.lazy.filter { Self.hasPlace($0, on: scale) }
    var lower = placed.min() ?? (scale == .linear ? 0 : 1)
    var upper = placed.max() ?? (scale == .linear ? 1 : 10)
    // A single value, or several that differ by rounding only, stands in the middle of a range of its size.
    let magnitude = max(abs(lower), abs(upper))
    // Next to zero the distance of two ticks would vanish.
    if upper - lower <= max(1e-12 * magnitude, 1e-300) {
      let margin = magnitude < 1e-300 ? 1 : magnitude / 2
      (lower, upper) = (lower - margin, upper + margin)
    }
    ticks =
      switch scale {
      case .linear: Tick.linear(from: lower, to: upper)
      case .logarithmic: Tick.logarithmic(from: lower, to: upper)
      }
    (self.lower, self.upper) = (ticks.first?.value ?? 0, ticks.last?.value ?? 1)
  }

  /// An axis of exactly this range, or without one of what covers the values.
  init(scale: AxisScale, _ range: ClosedRange<Double>?, covering values: some Sequence<Double>) {
    self = range.map { Axis(scale: scale, range: $0) } ?? Axis(scale: scale, covering: values)
  }

  /// Where a value stands, 0 at the beginning of the axis and 1 at its end; nil if it has no place on the scale.
  func position(of value: Double) -> Double? {
    guard Self.hasPlace(value, on: scale) else { return nil }
    switch scale {
    case .linear: return (value - lower) / (upper - lower)
    case .logarithmic: return (log(value) - log(lower)) / (log(upper) - log(lower))
    }
  }

  /// Whether a value is finite, positive where it must be, and small enough for sums of a few.
  private static func hasPlace(_ value: Double, on scale: AxisScale) -> Bool {
    switch scale {
    case .linear: abs(value) <= 1e300
    case .logarithmic: value >= 1e-300 && value <= 1e300
    }
  }
}
