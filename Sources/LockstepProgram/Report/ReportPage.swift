import Foundation
import Mistakes
import Records
import Reports

/// The page about runs, or about an experiment of many.
enum ReportPage {
  /// Makes the page of what directories hold.
  ///
  /// - Throws: a `UserError` if one of them is neither that of a training nor of an experiment.
  static func page(of paths: [String], title: String?) throws -> HTMLPage {
    if paths.count == 1 {
      for (file, make) in [("scaling.json", scaling), ("sweep.json", sweep)]
        as [(String, (JSON, String) -> HTMLPage)]
      where FileManager.default.fileExists(atPath: "\(paths[0])/\(file)") {
        let path = "\(paths[0])/\(file)"
        guard let bytes = FileManager.default.contents(atPath: path) else {
          throw UserMistake("\(path): cannot be read")
        }
        do throws(JSONError) {
          var page = make(try JSON(parsing: bytes), paths[0])
          page.title = title ?? page.title
          return page
        } catch {
          throw UserMistake("\(path): \(error)")
        }
      }
    }
    let runs = try paths.map { try ReportedRun($0) }.withDistinctNames()
    return page(of: runs, title: title)
  }

  private static func page(of runs: [ReportedRun], title: String?) -> HTMLPage {
    let groups = ReportGroup.groups(runs)
    let first = runs[0]
    let model = first.configuration["model"]?["name"]?.text ?? "a model"
    let data = first.configuration["data"]?["name"]?.text ?? "data"
    var sections = [results(runs), curves(groups), time(runs), ranks(runs)].compactMap(\.self)
    sections += scores(runs).map { [$0] } ?? []
    if runs.count > 1 { sections.append(differences(runs)) }
    sections.append(manifests(runs))
    return HTMLPage(
      title: title
        ?? (runs.count == 1
          ? "\(model) on \(data): \(first.name)" : "\(counted(runs.count, "run")) of Lockstep"),
      subtitle: runs.count == 1
        ? "\(first.machine), \(first.ending), seed \(first.seed)"
        : "\(counted(groups.count, "experiment")): " + groups.map(\.name).joined(separator: ", "),
      sections: sections)
  }

  // MARK: - Numbers as text

  static func digits(_ value: Double?, _ format: String = "%.4f") -> String {
    guard let value, value.isFinite else { return "–" }
    return String(format: format, value)
  }

  static func seconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    if value < 1 { return String(format: "%.3g ms", 1e3 * value) }
    if value < 120 { return String(format: "%.1f s", value) }
    return String(format: "%.1f min", value / 60)
  }

  // MARK: - Sections

  private static func results(_ runs: [ReportedRun]) -> HTMLPage.Section {
    let splits = ["validation", "test"].filter { split in runs.contains { $0.last(split) != nil } }
    let headings =
      ["run", "seed", "machine", "epochs", "steps", "train loss"]
      + splits.flatMap { ["\($0) loss", "\($0) accuracy"] } + ["images/s", "time", "digest", "ending"]
    let rows = runs.map { run -> [String] in
      let epochs = run.evaluations.map(\.epoch).max() ?? 0
      let loss = run.last("train")?.loss ?? run.steps.last?.loss
      return [run.name, run.seed, run.machine, "\(epochs)", "\(run.steps.last?.step ?? 0)", digits(loss)]
        + splits.flatMap { [digits(run.last($0)?.loss), digits(run.last($0)?.accuracy)] } + [
          digits(run.imagesPerSecond, "%.1f"), seconds(run.end?["seconds"]?.number),
          run.end?["digest"]?.text.map { String($0.prefix(16)) } ?? "–", run.ending,
        ]
    }
    var content = [HTMLPage.table(headings, rows)]
    let digests = Set(runs.compactMap { $0.end?["digest"]?.text })
    if runs.count > 1, digests.count == 1, runs.allSatisfy({ $0.end != nil }) {
      content.append(HTML("p", text: "All runs ended with the same digest: every weight has the same bits."))
    }
    for run in runs {
      if !run.resumes.isEmpty {
        let steps = run.resumes.map(String.init).joined(separator: ", ")
        content.append(
          HTML("p", text: "\(run.name) went on after step \(steps); an interruption changes no bit."))
      }
      if !run.warnings.isEmpty {
        content.append(
          HTMLPage.details(
            "\(counted(run.warnings.count, "warning")) of \(run.name)",
            [HTML("ul", [], run.warnings.map { HTML("li", text: $0) })]))
      }
    }
    return HTMLPage.Section("Results", name: "results", content)
  }

  private static func curves(_ groups: [ReportGroup]) -> HTMLPage.Section? {
    func plot(
      _ title: String, x: String, y: String, scale: AxisScale = .linear, caption: String,
      _ curves: [Plot.Curve?]
    ) -> HTML? {
      let found = curves.compactMap(\.self)
      guard !found.isEmpty else { return nil }
      var plot = Plot(title: title, xLabel: x, yLabel: y, yScale: scale, curves: found)
      plot.countsAlongX = true
      return HTMLPage.figure(plot.picture, caption: caption)
    }
    let alone = groups.count == 1
    func splits(_ value: @escaping (ReportedRun.Evaluation) -> Double) -> [Plot.Curve?] {
      groups.flatMap { group in
        ["train", "validation", "test"].enumerated().flatMap { index, split -> [Plot.Curve?] in
          func points(_ evaluations: [ReportedRun.Evaluation]) -> [(x: Double, y: Double)] {
            evaluations.filter { $0.split == split }.map { (Double($0.epoch), value($0)) }
          }
          let color = alone ? index : group.color
          return [
            group.curve(
              named: alone ? split : "\(group.name), \(split)", color: color,
              isDashed: !alone && split == "train", hasDots: true
            ) {
              points($0.evaluations)
            },
            group.curve(
              named: alone ? "\(split), trained weights" : "\(group.name), \(split), trained weights",
              color: alone ? 3 + index : color, isDashed: true
            ) {
              points($0.trainedEvaluations)
            },
          ]
        }
      }
    }
    let hasAccuracy = groups.contains { $0.runs.contains { $0.steps.contains { $0.accuracy > 0 } } }
    let figures = [
      plot(
        "Loss of each step", x: "step", y: "loss", scale: .logarithmic,
        caption:
          "Loss of the global batch at each step, before its update; the shade is the range of what a point stands for.",
        groups.map { group in group.curve { $0.steps.map { (Double($0.step), $0.loss) } } }),
      plot(
        "Loss after each epoch", x: "epoch", y: "loss", scale: .logarithmic,
        caption: "train: the mean over the epoch's steps; validation and test: exact, after the epoch.",
        splits(\.loss)),
      hasAccuracy
        ? plot(
          "Accuracy after each epoch", x: "epoch", y: "accuracy",
          caption: "The share of samples whose class is the largest output.", splits(\.accuracy))
        : nil,
      plot(
        "Learning rate", x: "step", y: "learning rate", caption: "The learning rate of each step.",
        groups.map { group in group.curve { $0.steps.map { (Double($0.step), $0.learningRate) } } }),
      plot(
        "Norm of the gradient", x: "step", y: "norm", scale: .logarithmic,
        caption: "The norm of the whole gradient, before it is clipped.",
        groups.map { group in
          group.curve { $0.steps.compactMap { step in step.gradientNorm.map { (Double(step.step), $0) } } }
        }),
    ].compactMap(\.self)
    return figures.isEmpty ? nil : HTMLPage.Section("Curves", name: "curves", [HTMLPage.row(figures)])
  }

  private static func time(_ runs: [ReportedRun]) -> HTMLPage.Section? {
    let timed = runs.filter { !$0.steps.isEmpty }
    guard !timed.isEmpty else { return nil }
    func medians(_ run: ReportedRun) -> [Double] {
      StepMeasurement.phaseNames.indices.map { phase in Spread(run.steps.map { $0.phases[phase] }).median }
    }
    let bars = BarPlot(
      title: "Time of a step by phase", xLabel: "milliseconds", parts: StepMeasurement.phaseNames,
      bars: timed.map { run in (run.name, medians(run).map { 1e3 * $0 }) })
    let rows = timed.map { run -> [String] in
      let step = run.secondsOfStep ?? .nan
      return [run.name, run.machine, seconds(step), digits(run.imagesPerSecond, "%.1f")]
        + medians(run).map { digits(100 * $0 / step, "%.1f %%") }
    }
    let rate = Plot(
      title: "Images a second", xLabel: "step", yLabel: "images/s",
      curves: ReportGroup.groups(timed).compactMap { group in
        group.curve { run in run.steps.map { (Double($0.step), $0.imagesPerSecond) } }
      })
    return HTMLPage.Section(
      "Time", name: "time",
      [
        HTMLPage.row([
          HTMLPage.figure(
            bars.picture,
            caption:
              "Medians over the steps, of the coordinator; reduction: what waiting for sums over ranks adds."),
          HTMLPage.figure(
            rate.picture,
            caption: "By the time of each step; the shade is the range of what a point stands for."),
        ]),
        HTMLPage.table(["run", "machine", "median step", "images/s"] + StepMeasurement.phaseNames, rows),
      ])
  }

  private static func ranks(_ runs: [ReportedRun]) -> HTMLPage.Section? {
    let several = runs.filter { $0.rankSeconds.count > 1 && $0.rankSteps > 0 }
    guard !several.isEmpty else { return nil }
    let figures = several.map { run -> HTML in
      let perStep = 1e3 / Double(run.rankSteps)
      let plot = BarPlot(
        title: "Where the time of the ranks of \(run.name) went", xLabel: "milliseconds a step",
        parts: StepMeasurement.phaseNames,
        bars: run.rankSeconds.enumerated().map { rank, seconds in
          ("rank \(rank)", seconds.phases.map { $0 * perStep })
        })
      return HTMLPage.figure(plot.picture, caption: "\(run.name): \(straggler(of: run))")
    }
    return HTMLPage.Section("Waiting by rank", name: "ranks", [HTMLPage.row(figures)])
  }

  /// Which rank the others wait for, if one is slower by a tenth.
  private static func straggler(of run: ReportedRun) -> String {
    let waiting = StepMeasurement.phaseNames.firstIndex(of: "reduction") ?? 0
    let busy = run.rankSeconds.map { ($0.total - $0.phases[waiting]) / Double(run.rankSteps) }
    let hosts = run.manifest["hosts"]?.list?.map { $0.text ?? "" } ?? []
    guard let most = busy.max(), let rank = busy.firstIndex(of: most) else { return "" }
    let others = busy.enumerated().filter { $0.offset != rank }.map(\.element)
    let usual = Spread(others).median
    let host = hosts.indices.contains(rank) ? " on \(hosts[rank])" : ""
    return most > 1.1 * usual
      ? "the others wait for rank \(rank)\(host), which computes \(seconds(most)) a step where they take \(seconds(usual))"
      : "no rank keeps the others waiting: all compute \(seconds(busy.min())) to \(seconds(most)) a step"
  }

  private static func scores(_ runs: [ReportedRun]) -> HTMLPage.Section? {
    let tested = runs.compactMap { run in (run.last("test") ?? run.last("validation")).map { (run, $0) } }
      .filter { $0.1.members["confusion"]?.list != nil }
    guard !tested.isEmpty else { return nil }
    let figures = tested.prefix(6).map { run, evaluation -> HTML in
      let counts = (evaluation.members["confusion"]?.list ?? []).map { row in
        (row.list ?? []).map { $0.integer ?? 0 }
      }
      let plot = MatrixPlot(
        title: "Confusion matrix of \(run.name)", names: names(evaluation, count: counts.count),
        counts: counts)
      return HTMLPage.figure(
        plot.picture,
        caption:
          "\(run.name), \(evaluation.split) data after epoch \(evaluation.epoch): what each class was taken for."
      )
    }
    let tables = tested.prefix(6).map { run, evaluation -> HTML in
      func part(_ key: String, _ index: Int) -> String {
        digits(evaluation.members[key]?.list.flatMap { $0.indices.contains(index) ? $0[index].number : nil })
      }
      let counts = evaluation.members["confusion"]?.list ?? []
      let names = names(evaluation, count: counts.count)
      return HTMLPage.table(
        ["class", "samples", "precision", "recall", "F1"],
        names.indices.map { index in
          [
            names[index], "\((counts[index].list ?? []).reduce(0) { $0 + ($1.integer ?? 0) })",
            part("precision", index), part("recall", index), part("f1", index),
          ]
        }, caption: run.name)
    }
    return HTMLPage.Section("Classes", name: "classes", zip(figures, tables).map { HTMLPage.row([$0, $1]) })
  }

  private static func names(_ evaluation: ReportedRun.Evaluation, count: Int) -> [String] {
    evaluation.members["classes"]?.list?.map { $0.text ?? "" } ?? (0..<count).map(String.init)
  }

  private static func differences(_ runs: [ReportedRun]) -> HTMLPage.Section {
    let all = runs.map { run in
      Dictionary(run.configuration.leaves.map { ($0.key, $0.value.description) }) { first, _ in first }
    }
    let keys = Set(all.flatMap(\.keys)).filter { key in Set(all.map { $0[key] ?? "–" }).count > 1 }.sorted()
    let rows = keys.map { key in [key] + all.map { $0[key] ?? "–" } }
    return HTMLPage.Section(
      "What differs", name: "differences",
      rows.isEmpty
        ? [HTML("p", text: "No key of the configurations.")]
        : [HTMLPage.table(["key"] + runs.map(\.name), rows)])
  }

  private static func manifests(_ runs: [ReportedRun]) -> HTMLPage.Section {
    HTMLPage.Section(
      "Manifest", name: "manifest",
      runs.map { run in
        HTMLPage.details(
          run.name,
          [
            HTMLPage.table(
              ["key", "value"],
              run.manifest.leaves.map { [$0.key, $0.value.text ?? $0.value.description] })
          ])
      })
  }
}
