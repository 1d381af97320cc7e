/// What figures draw into a frame.
enum FigureElement {
  /// The region in which a function is not positive, lightly coloured.
  ///
  /// - Parameters:
  ///   - grid: the function.
  ///   - frame: what is drawn into.
  ///   - colour: the index of its colour.
  static func shade(_ grid: FunctionGrid, in frame: ChartFrame, colour: Int) -> SVGElement {
    let data = grid.closed(above: 0).contours(at: 0).map { line in
      pathData(line.points.compactMap { frame.place(x: $0.x, y: $0.y) }, isClosed: true)
    }
    return SVGElement(
      "path",
      [
        ("d", data.isEmpty ? "M0 0" : data.joined()), ("fill", ChartFrame.colour(colour)),
        ("fill-opacity", "0.22"),
        ("fill-rule", "evenodd"), ("stroke", ChartFrame.colour(colour)), ("stroke-width", "1.25"),
      ])
  }

  /// Contours, stronger the lower they lie, with their levels written on them where there is room.
  static func contours(_ grid: FunctionGrid, levels: [Double], in frame: ChartFrame) -> [SVGElement] {
    var (lines, labels): ([SVGElement], [SVGElement]) = ([], [])
    var taken: [PicturePoint] = []
    for (index, level) in levels.enumerated() {
      let contours = grid.contours(at: level).map { line in
        (places: line.points.compactMap { frame.place(x: $0.x, y: $0.y) }, isClosed: line.isClosed)
      }
      let data = contours.map { pathData($0.places, isClosed: $0.isClosed) }
      guard !data.isEmpty else { continue }
      let opacity = 1 - 0.6 * Double(index) / Double(max(levels.count - 1, 1))
      lines.append(
        SVGElement(
          "path",
          [
            ("d", data.joined()), ("fill", "none"), ("stroke", ChartFrame.colour(0)),
            ("stroke-width", "1.25"),
            ("stroke-opacity", pixels(opacity)),
          ]))
      guard let place = room(on: contours.map(\.places), in: frame, besides: taken) else { continue }
      taken.append(place)
      labels += frame.label(levelLabel(level), at: place, size: 10)
    }
    return lines + labels
  }

  /// A level in three significant digits.
  private static func levelLabel(_ level: Double) -> String {
    guard level != 0 else { return "0" }
    var exponent = 0
    var mantissa = abs(level)
    while mantissa < 100 && exponent > -320 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    while mantissa >= 1000 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    let digits = Int(mantissa.rounded())
    return Tick(level < 0 ? -digits : digits, exponent: exponent).label
  }

  /// A place on lines where a label meets neither the edge nor another label; the farther up the better.
  private static func room(
    on lines: [[PicturePoint]], in frame: ChartFrame, besides taken: [PicturePoint]
  ) -> PicturePoint? {
    let plot = frame.plot
    return lines.lazy.flatMap { $0 }.filter { place in
      place.x > plot.left + 22 && place.x < plot.left + plot.width - 22 && place.y > plot.top + 10
        && place.y < plot.top + plot.height - 10
        && taken.allSatisfy { abs($0.x - place.x) > 44 || abs($0.y - place.y) > 15 }
    }.min {
      $0.y + 0.3 * abs($0.x - plot.left - plot.width * 0.7) < $1.y + 0.3
        * abs($1.x - plot.left - plot.width * 0.7)
    }
  }

  /// A path with a ring where it begins and a dot where it ends.
  ///
  /// - Parameter saysEnds: whether words tell which is which, where they do not meet.
  static func path(_ path: ChartSeries, in frame: ChartFrame, colour: String, saysEnds: Bool) -> [SVGElement]
  {
    let places = path.points.compactMap { frame.place(x: $0.x, y: $0.y) }
    guard let first = places.first, let last = places.last else { return [] }
    func circle(_ place: PicturePoint, _ attributes: [(name: String, value: String)]) -> SVGElement {
      SVGElement("circle", [("cx", pixels(place.x)), ("cy", pixels(place.y))] + attributes)
    }
    var elements =
      path.elements(in: frame, colour: colour) + [
        circle(first, [("r", "6"), ("fill", "none"), ("stroke", colour), ("stroke-width", "1.75")]),
        circle(last, [("r", "4.5"), ("fill", colour)]),
      ]
    guard saysEnds else { return elements }
    if abs(first.x - last.x) > 40 || abs(first.y - last.y) > 24 {
      elements += frame.word("start", beside: first, colour: colour)
    }
    return elements + frame.word("end", beside: last, colour: colour)
  }
}

extension ChartFrame {
  /// A word beside a point, on the side where there is room; or below it.
  func word(
    _ word: String, beside place: PicturePoint, colour: String? = nil, isBelow: Bool = false
  ) -> [SVGElement] {
    let plot = plot
    guard place.x >= plot.left - 1, place.x <= plot.left + plot.width + 1, place.y >= plot.top - 1,
      place.y <= plot.top + plot.height + 1
    else { return [] }
    let half = 3.5 * Double(word.count)
    if isBelow, place.y < plot.top + plot.height - 24, place.x > plot.left + half,
      place.x < plot.left + plot.width - half
    {
      return label(word, at: PicturePoint(x: place.x, y: place.y + 15), colour: colour)
    }
    let isLeft = place.x < plot.left + plot.width - 12 - 2 * half
    let isHigh = place.y < plot.top + 16
    return label(
      word, at: PicturePoint(x: place.x + (isLeft ? 10 : -10), y: place.y + (isHigh ? 11 : -11)),
      anchor: isLeft ? "start" : "end", colour: colour)
  }
}
