import Foundation
import Records

/// What an experiment on scaling has measured: rates, speed-up, efficiency, and whether the results are one.
struct ScalingTable {
  let experiment: ScalingExperiment
  /// By point, a measurement for each round.
  let points: [(point: ScalingExperiment.Point, rounds: [ScalingMeasurement])]
  /// The cores of this machine; nil where ranks run on several hosts.
  let cores: Int?

  private func rate(_ index: Int) -> Spread { Spread(points[index].rounds.map(\.imagesPerSecond)) }

  /// How much faster a point is than the first one with as many threads.
  private func speedUp(_ index: Int) -> Double { rate(index).median / rate(reference(index)).median }

  private func reference(_ index: Int) -> Int {
    points.firstIndex { $0.point.threads == points[index].point.threads } ?? 0
  }

  /// The speed-up over the ranks' ratio: 1 is perfect.
  private func efficiency(_ index: Int) -> Double {
    speedUp(index) * Double(points[reference(index)].point.ranks) / Double(points[index].point.ranks)
  }

  /// Whether ranks and threads outnumber the cores.
  private func isCrowded(_ index: Int) -> Bool {
    let point = points[index].point
    return cores.map { point.ranks * point.threads > $0 } ?? false
  }

  /// By phase, its share of a step at a point.
  private func shares(_ index: Int) -> [Double] {
    let rounds = points[index].rounds
    let step = Spread(rounds.map(\.seconds)).median
    return StepMeasurement.phaseNames.indices.map { phase in
      Spread(rounds.map { $0.phaseSeconds[phase] }).median / step
    }
  }

  /// What makes the experiment worthless: points whose results are not the same; nil if all is well.
  var flaw: String? {
    // With weak scaling each point is an experiment of its own, whose rounds must agree.
    let groups =
      experiment.isWeak ? Dictionary(grouping: points, by: \.point.ranks).values.map(\.self) : [points]
    for group in groups {
      let all = group.flatMap { point, rounds in rounds.map { (point, $0.digest) } }
      guard let first = all.first, let other = all.first(where: { $0.1 != first.1 }) else { continue }
      return
        "the points do not have one result: \(counted(other.0.ranks, "rank")) × \(counted(other.0.threads, "thread")) "
        + "ended with the digest \(other.1.prefix(16)), \(counted(first.0.ranks, "rank")) × "
        + "\(counted(first.0.threads, "thread")) with \(first.1.prefix(16))"
    }
    return nil
  }

  /// The table.
  var lines: [String] {
    var lines = [
      "",
      "ranks  threads  images/s  lowest to highest    speed-up  efficiency     data  forward  backward  sums  update",
    ]
    for index in points.indices {
      let (point, rate) = (points[index].point, rate(index))
      let percent = shares(index).map { 100 * $0 }
      lines.append(
        String(format: "%5d  %7d  %8.1f  ", point.ranks, point.threads, rate.median)
          + String(format: "%8.1f to %-8.1f", rate.minimum, rate.maximum)
          + String(format: "  %7.2f  %8.0f %%", speedUp(index), 100 * efficiency(index))
          + String(
            format: "  %5.0f %%  %5.0f %%   %5.0f %%  %2.0f %%  %4.0f %%", percent[0], percent[1], percent[2],
            percent[3], percent[4])
          + (isCrowded(index) ? "  *" : ""))
    }
    if points.indices.contains(where: isCrowded), let cores {
      lines.append(
        "* more ranks × threads than the \(counted(cores, "core")) of this machine: they take turns")
    }
    lines.append("sums: what waiting for sums over ranks adds to a step; shares of a step on the coordinator")
    if flaw == nil, let digest = points.first?.rounds.first?.digest {
      lines.append(
        experiment.isWeak
          ? "all rounds of each point end with one digest"
          : "all points end with one digest: \(digest.prefix(16))")
    }
    return lines
  }

  /// The members of `scaling.json`.
  var members: [(key: String, value: JSON)] {
    [
      ("configuration", .text(experiment.configuration)),
      ("changes", .list(experiment.changes.map(JSON.text))),
      ("scaling", .text(experiment.isWeak ? "weak" : "strong")),
      ("batch", .integer(experiment.batch.size)), ("microshards", .integer(experiment.batch.microshards)),
      ("steps", .integer(experiment.steps)), ("cores", cores.map(JSON.integer) ?? .null),
      ("equal", .boolean(flaw == nil)),
      (
        "points",
        .list(
          points.indices.map { index in
            let (point, rounds) = points[index]
            let rate = rate(index)
            return .object([
              ("ranks", .integer(point.ranks)), ("threads", .integer(point.threads)),
              ("more_than_cores", .boolean(isCrowded(index))),
              ("images_per_second", .number(rate.median)),
              ("images_per_second_minimum", .number(rate.minimum)),
              ("images_per_second_maximum", .number(rate.maximum)),
              ("speed_up", .number(speedUp(index))), ("efficiency", .number(efficiency(index))),
              ("shares", .object(zip(StepMeasurement.phaseNames, shares(index)).map { ($0, .number($1)) })),
              (
                "rounds",
                .list(
                  rounds.map { round in
                    .object([
                      ("seconds_median", .number(round.seconds)),
                      ("images_per_second", .number(round.imagesPerSecond)),
                      (
                        "phase_seconds",
                        .object(zip(StepMeasurement.phaseNames, round.phaseSeconds).map { ($0, .number($1)) })
                      ),
                      ("digest", .text(round.digest)),
                    ])
                  })
              ),
            ])
          })
      ),
    ]
  }
}
