import Configurations
import Datasets
import Training

extension Registry {
  /// Rows of tables.
  static let tableDataset: DatasetMaker = { options, context in
    guard let path = try options.text("path") else {
      throw options.error("path", "missing; expected a table of numbers, such as samples.csv")
    }
    let test: TableSamples.Test
    if let testPath = try options.text("test_path") {
      guard !options.isGiven("test_fraction") else {
        throw options.error("test_fraction", "found together with test_path, expected one of them")
      }
      test = .file(testPath)
    } else {
      let fraction = try options.number(
        "test_fraction", default: 0.2,
        NumberRequirement(description: "a number greater than 0 and less than 1") { $0 > 0 && $0 < 1 })
      test = .fraction(fraction, seed: context.seed)
    }
    let task = try options.word("task", default: TableSamples.Task.classification)
    let standardized = try options.word("standardize", default: TableSamples.Standardized.none)
    guard standardized != .all || task == .regression else {
      throw options.error(
        "standardize",
        "found all, but classes cannot be standardized; expected features, or data.task: regression")
    }
    let target = try options.text("target").map { TableColumn($0) } ?? .last
    let samples = TableSamples(path: path, test: test, target: target, task: task, standardized: standardized)
    return Dataset(
      path: path,
      unlabelled: { paths, signature in
        let rows = try UnlabelledRows(
          paths: paths, featureCount: signature.inputShape[0], featureNames: signature.featureNames,
          scale: signature.inputScale, target: signature.target)
        return UnlabelledSamples(rows.samples, names: rows.names)
      }
    ) { split, _ in try samples.load(split) }
  }
}
