import Configurations
import Records

extension MinimizationConfiguration {
  /// What the pictures show beside what they must: section `picture`.
  package struct Picture: Equatable, Sendable {
    /// The horizontal range of `path.svg`; nil for what the path needs.
    var x: ClosedRange<Double>?
    /// The vertical range of `path.svg`.
    var y: ClosedRange<Double>?
    /// The levels of the contours; nil for some that are spread evenly.
    var levels: [Double]?
    /// How the axis of steps, epochs or seconds spreads its values.
    var stepAxis: AxisScaleName?
    /// How the axis of the loss does; nil for logarithmic where values are positive and differ by a factor of 100.
    var lossAxis: AxisScaleName?
    /// Whether every picture is written as PDF, too.
    var writesPDF = false
  }
}

extension MinimizationConfiguration.Picture {
  enum Key: String, ConfigurationWord {
    case x, y, levels, pdf
    case stepAxis = "step_axis"
    case lossAxis = "loss_axis"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    x = try reader.range(.x)
    y = try reader.range(.y)
    levels = try reader.vector(.levels)
    stepAxis = try reader.word(.stepAxis)
    lossAxis = try reader.word(.lossAxis)
    writesPDF = try reader.boolean(.pdf) ?? false
    if writesPDF, PDFConversion.program == nil {
      throw reader.error(.pdf, "needs rsvg-convert (Debian: librsvg2-bin), which is not installed")
    }
  }

  var json: JSON {
    .section([
      Key.x: x.map { .vector([$0.lowerBound, $0.upperBound]) },
      .y: y.map { .vector([$0.lowerBound, $0.upperBound]) },
      .levels: levels.map(JSON.vector), .stepAxis: stepAxis.map { .word($0) },
      .lossAxis: lossAxis.map { .word($0) },
      .pdf: writesPDF ? .boolean(true) : nil,
    ])
  }
}
