import Foundation
import Records
import Reports

extension ReportPage {
  /// The page of a scaling experiment, of its `scaling.json`.
  static func scaling(_ told: JSON, directory: String) -> HTMLPage {
    let points = told["points"]?.list ?? []
    func number(_ point: JSON, _ key: String) -> Double { point[key]?.number ?? .nan }
    let threads = points.compactMap { $0["threads"]?.integer }
    let groups = Set(threads).sorted()
    func curves(_ value: (JSON) -> Double, _ range: ((JSON) -> ClosedRange<Double>)? = nil) -> [Plot.Curve] {
      groups.enumerated().map { index, count in
        let mine = points.filter { $0["threads"]?.integer == count }
        return Plot.Curve(
          "\(counted(count, "thread")) a rank", color: index,
          points: mine.map { (number($0, "ranks"), value($0)) }, ranges: range.map { mine.map($0) } ?? [],
          hasDots: true)
      }
    }
    let ranks = points.map { number($0, "ranks") }
    let ideal = Plot.Curve(
      "perfect", color: 7,
      points: [ranks.min() ?? 1, ranks.max() ?? 1].map { ($0, $0 / (ranks.min() ?? 1)) },
      isDashed: true)
    let rates = curves {
      number($0, "images_per_second")
    } _: { point in
      let (low, high) = (
        number(point, "images_per_second_minimum"), number(point, "images_per_second_maximum")
      )
      return low <= high ? low...high : 0...0
    }
    let phases = StepMeasurement.phaseNames
    let bars = points.map { point -> (name: String, values: [Double]) in
      (
        "\(counted(point["ranks"]?.integer ?? 0, "rank")) × \(point["threads"]?.integer ?? 1)",
        phases.map { 100 * (point["shares"]?[$0]?.number ?? 0) }
      )
    }
    let isEqual = if case .boolean(true)? = told["equal"] { true } else { false }
    let digest = points.first?["rounds"]?.list?.first?["digest"]?.text ?? ""
    let isWeak = told["scaling"]?.text == "weak"
    let name = URL(fileURLWithPath: told["configuration"]?.text ?? "").lastPathComponent
    let verdict =
      isEqual
      ? (isWeak
        ? "All rounds of each point ended with one digest."
        : "All points ended with one digest, \(digest.prefix(16)): the ranks changed no bit.")
      : "The points did NOT end with one digest."
    return HTMLPage(
      title: "\(name): \(isWeak ? "weak" : "strong") scaling",
      subtitle:
        "\(told["batch"]?.integer ?? 0) samples in \(told["microshards"]?.integer ?? 0) microshards\(isWeak ? " a rank" : ""), "
        + "\(told["steps"]?.integer ?? 0) steps timed at each point"
        + (told["cores"]?.integer.map { ", \(counted($0, "core"))" } ?? ""),
      sections: [
        HTMLPage.Section(
          "Scaling", name: "scaling",
          [
            HTML("p", text: verdict),
            HTMLPage.row([
              HTMLPage.figure(
                ranksPlot("Images a second by ranks", "images/s", rates),
                caption: "Medians over the rounds; the shade goes from the slowest to the fastest."),
              HTMLPage.figure(
                ranksPlot("Speed-up by ranks", "speed-up", [ideal] + curves { number($0, "speed_up") }),
                caption: "Against the fewest ranks of as many threads."),
              HTMLPage.figure(
                BarPlot(
                  title: "Shares of a step", xLabel: "% of the median step, coordinator", parts: phases,
                  bars: bars
                ).picture, caption: "reduction: what waiting for sums over ranks adds."),
            ]),
            HTMLPage.table(
              ["ranks", "threads", "images/s", "lowest", "highest", "speed-up", "efficiency", ""],
              points.map { point in
                [
                  "\(point["ranks"]?.integer ?? 0)", "\(point["threads"]?.integer ?? 0)",
                  digits(number(point, "images_per_second"), "%.1f"),
                  digits(number(point, "images_per_second_minimum"), "%.1f"),
                  digits(number(point, "images_per_second_maximum"), "%.1f"),
                  digits(number(point, "speed_up"), "%.2f"),
                  digits(100 * number(point, "efficiency"), "%.0f %%"),
                  {
                    if case .boolean(true)? = point["more_than_cores"] {
                      "more ranks × threads than cores"
                    } else {
                      ""
                    }
                  }(),
                ]
              }),
          ])
      ])
  }

  private static func ranksPlot(_ title: String, _ yLabel: String, _ curves: [Plot.Curve]) -> HTML {
    var plot = Plot(title: title, xLabel: "ranks", yLabel: yLabel, curves: curves)
    plot.countsAlongX = true
    return plot.picture
  }

  /// The page of a sweep, of its `sweep.json`.
  static func sweep(_ told: JSON, directory: String) -> HTMLPage {
    let arms = told["arms"]?.list ?? []
    let seeds = told["seeds"]?.list?.compactMap(\.integer) ?? []
    let measures = SweepResult.measures.filter { measure in
      arms.allSatisfy { $0["measures"]?[measure] != nil }
    }
    let name = URL(fileURLWithPath: told["configuration"]?.text ?? "").lastPathComponent
    let sections = measures.map { measure -> HTMLPage.Section in
      let title = measure.replacing("_", with: " ")
      func value(_ arm: JSON, _ key: String) -> JSON? { arm["measures"]?[measure]?[key] }
      func interval(_ arm: JSON) -> ClosedRange<Double>? {
        guard let ends = value(arm, "interval")?.list?.compactMap(\.number), ends.count == 2,
          ends[0] <= ends[1]
        else { return nil }
        return ends[0]...ends[1]
      }
      let rows = arms.dropFirst().map { arm in
        (
          name: arm["name"]?.text ?? "", values: value(arm, "differences")?.list?.compactMap(\.number) ?? [],
          mean: value(arm, "mean_difference")?.number ?? .nan, interval: interval(arm)
        )
      }
      return HTMLPage.Section(
        title.prefix(1).uppercased() + title.dropFirst(), name: measure.replacing("_", with: "-"),
        [
          HTMLPage.figure(
            IntervalPlot(title: "Differences of \(title)", xLabel: "\(title), arm − base", rows: rows)
              .picture,
            caption:
              "Small dots: a seed each; large: their mean, with its 95 % interval. Where the interval holds 0, no difference is shown."
          ),
          HTMLPage.table(
            ["arm", "mean", "deviation", "arm − base", "95 % interval", ""],
            arms.map { arm in
              [
                arm["name"]?.text ?? "", digits(value(arm, "mean")?.number, "%.5f"),
                digits(value(arm, "deviation")?.number, "%.5f"),
                digits(value(arm, "mean_difference")?.number, "%+.5f"),
                interval(arm).map { String(format: "%+.5f to %+.5f", $0.lowerBound, $0.upperBound) } ?? "–",
                value(arm, "verdict")?.text ?? "",
              ]
            }),
        ])
    }
    let runs = arms.flatMap { arm -> [[String]] in
      (arm["runs"]?.list ?? []).map { run -> [String] in
        let digest = run["digest"]?.text.map { String($0.prefix(16)) } ?? "–"
        let seed = run["seed"]?.integer.map(String.init) ?? "–"
        return [arm["name"]?.text ?? "", seed, digest]
          + measures.map { digits(run["values"]?[$0]?.number, "%.5f") }
      }
    }
    return HTMLPage(
      title: "\(name): \(counted(arms.count, "arm")) on \(counted(seeds.count, "seed"))",
      subtitle:
        "Each arm was trained on the same seeds, so that differences are paired; the runs lie in \(directory)",
      sections: sections + [
        HTMLPage.Section(
          "Runs", name: "runs",
          [HTMLPage.table(["arm", "seed", "digest"] + measures.map { $0.replacing("_", with: " ") }, runs)])
      ])
  }
}
