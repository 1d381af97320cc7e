import Foundation
import Minimization
import Reports

/// The pictures of a run: the way over the contours of a function, the loss against steps or epochs and against seconds.
struct MinimizationPictures {
  /// What the objective and the method are called.
  var objectiveName: String
  var methodName: String
  /// The function, where it has no data and can be evaluated by one rank alone; nil for all others.
  var function: (any TwiceDifferentiableObjective)?
  /// What the function's variables are called; nil for x₁, x₂.
  var variables: [String]?
  /// The constraints' functions, which are not positive where they hold; of two variables.
  var constraints: [any Objective] = []
  /// What the pictures show beside what they must.
  var options: MinimizationConfiguration.Picture
  /// Nil where there are no epochs.
  var stepsPerEpoch: Int?
  var marks: [Trajectory.Mark]

  /// By file name, the pictures; none of a run without points.
  func pictures() throws -> [(fileName: String, svg: String)] {
    guard !marks.isEmpty else { return [] }
    var pictures: [(fileName: String, svg: String)] = []
    if let path = try path() { pictures.append(("path.svg", path)) }
    if let stepsPerEpoch {
      pictures.append(
        ("loss-by-epoch.svg", loss(against: "epoch") { Double($0.step) / Double(stepsPerEpoch) }))
    } else {
      pictures.append(("loss-by-step.svg", loss(against: "step") { Double($0.step) }))
    }
    pictures.append(("loss-by-seconds.svg", loss(against: "seconds") { $0.seconds }))
    return pictures
  }

  private var title: String { "\(objectiveName) by \(methodName)" }

  /// The values, on a logarithmic axis where they differ much and are positive.
  private func loss(against label: String, _ position: (Trajectory.Mark) -> Double) -> String {
    let values = marks.map(\.value)
    let (least, largest) = (values.min() ?? 0, values.max() ?? 0)
    let usual: AxisScale = least > 0 && largest > 100 * least ? .logarithmic : .linear
    return LineChart(
      title: title, xLabel: label, yLabel: stepsPerEpoch == nil ? "f(x)" : "loss",
      xScale: options.stepAxis?.scale ?? .linear, yScale: options.lossAxis?.scale ?? usual,
      series: [
        ChartSeries(
          name: methodName, points: marks.map { (x: position($0), y: $0.value) }, showsPoints: showsPoints)
      ]
    ).svg
  }

  /// The way over a function of one or two variables; nil for others.
  private func path() throws -> String? {
    guard let function else { return nil }
    switch function.dimension {
    case 1: return try path(over: function)
    case 2:
      let path = ChartSeries(
        name: methodName, points: marks.map { (x: $0.x[0], y: $0.x[1]) }, showsPoints: showsPoints)
      return try ContourChart(
        title: title, xLabel: variables?.first ?? "x₁", yLabel: variables?.last ?? "x₂", xRange: options.x,
        yRange: options.y, paths: [path], levels: options.levels,
        regions: constraints.map { constraint in { x, y in try constraint.value(at: [x, y]) } }
      ) { try function.value(at: [$0, $1]) }.svg
    default: return nil
    }
  }

  private func path(over function: any TwiceDifferentiableObjective) throws -> String {
    let places = marks.map { $0.x[0] }
    let (least, largest) = (places.min() ?? 0, places.max() ?? 0)
    let margin = largest > least ? (largest - least) / 5 : 1
    let count = 400
    let curve = try (0...count).map { index in
      let fraction = Double(index) / Double(count)
      let range = options.x ?? least - margin...largest + margin
      let x = range.lowerBound * (1 - fraction) + range.upperBound * fraction
      return (x: x, y: try function.value(at: [x]))
    }
    return LineChart(
      title: title, xLabel: variables?.first ?? "x", yLabel: "f(x)", xRange: options.x, yRange: options.y,
      series: [
        ChartSeries(name: objectiveName, points: curve),
        ChartSeries(
          name: methodName, points: marks.map { (x: $0.x[0], y: $0.value) }, showsPoints: showsPoints,
          showsEnds: true),
      ]
    ).svg
  }

  /// Dots on more points than this would hide the line.
  private var showsPoints: Bool { marks.count <= 100 }
}
