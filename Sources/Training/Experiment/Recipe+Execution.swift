import CanonicalTree
package import Execution
package import Mistakes
import NeuralNetworks
import Optimizers

extension Recipe {
  /// What an executor is made for.
  ///
  /// - Parameter bucketByteCount: what was measured to be the best, where the machine leaves it open.
  package func executorOptions(
    on machine: Machine, bucketByteCount: Int = ReductionOptions.usualBucketByteCount
  ) -> Executor.Options {
    Executor.Options(
      partition: MicroshardPartition(batchSize: batch.size, count: batch.microshards),
      statistics: statistics, threads: machine.threads,
      bucketByteCount: machine.reduction.bucketByteCount ?? bucketByteCount, convolution: convolution,
      precision: precision, slots: updateRule.slots,
      verifies: machine.verifyEverySteps != nil && statistics != .rank, frozen: fineTuning.frozen,
      freezesStatistics: fineTuning.freezesStatistics, scalesGradients: clipNorm != nil,
      classWeights: loss.classWeights.values, averages: average != nil)
  }

  /// Checks what can be known before anything is computed.
  ///
  /// - Parameters:
  ///   - source: where the recipe comes from, for the message: a file, or nothing.
  ///   - ranks: the number of ranks.
  /// - Throws: `UserMistake` if a number is out of its range, there are more ranks than microshards, or no kernels here
  ///   for the precision.
  package func check(source: String, ranks: Int) throws(UserMistake) {
    func mistake(_ key: String, _ problem: String) -> UserMistake {
      UserMistake((source.isEmpty ? "" : "\(source): ") + "\(key): \(problem)")
    }
    guard batch.microshards >= 1, batch.size >= batch.microshards else {
      throw mistake(
        "batch.size", "found \(batch.size), expected at least batch.microshards (\(batch.microshards))")
    }
    guard batch.size <= Int(Int32.max) else {
      throw mistake("batch.size", "found \(batch.size), expected at most \(Int32.max)")
    }
    guard batch.microshards <= Batch.mostMicroshards else {
      throw mistake(
        "batch.microshards", "found \(batch.microshards), expected at most \(Batch.mostMicroshards)")
    }
    guard ranks <= batch.microshards else {
      throw mistake(
        "batch.microshards",
        "\(batch.microshards) microshards cannot be shared by \(ranks) ranks; start at most \(batch.microshards) "
          + "ranks or take more microshards")
    }
    guard epochs >= 1 else { throw mistake("epochs", "found \(epochs), expected at least 1") }
    guard statistics != .running else {
      throw mistake("batch_norm.statistics", "found running, which are for evaluation; take global")
    }
    guard seed >= 0 else { throw mistake("seed", "found \(seed), expected at least 0") }
    if let clipNorm, !(clipNorm > 0 && Float(clipNorm) > 0 && Float(clipNorm).isFinite) {
      throw mistake("optimizer.clip_norm", "found \(clipNorm), expected a number greater than 0")
    }
    guard loss.labelSmoothing >= 0, loss.labelSmoothing < 1 else {
      throw mistake(
        "loss.label_smoothing", "found \(loss.labelSmoothing), expected at least 0 and less than 1")
    }
    guard loss.kind == .softmaxCrossEntropy || loss.labelSmoothing == 0 else {
      throw mistake(
        "loss.label_smoothing", "found \(loss.labelSmoothing), expected 0 for the \(loss.name) loss")
    }
    guard loss.kind == .softmaxCrossEntropy || loss.classWeights == .equal else {
      throw mistake(loss.classWeights.key, "belongs to cross_entropy, but loss.name is \(loss.name)")
    }
    if let weight = loss.classWeights.values.first(where: { !($0 > 0 && Float($0) > 0 && Float($0).isFinite) }
    ) {
      throw mistake(loss.classWeights.key, "found \(weight), expected numbers greater than 0")
    }
    if let stopping {
      guard stopping.patience >= 1 else {
        throw mistake("stop.patience", "found \(stopping.patience), expected at least 1")
      }
      guard !stopping.metric.isAccuracy || loss.kind != .squared else {
        throw mistake(
          "stop.metric",
          "found \(stopping.metric.rawValue), but the squared loss has no accuracy; take a loss")
      }
    }
    guard KernelLibrary.supports(precision) else {
      throw mistake(
        "precision",
        "\(precision.rawValue) needs a processor with AVX-512 BF16 or AMX, but the instruction set in use is "
          + "\(KernelLibrary.instructionSet); take float32")
    }
    guard precision == .float32 || convolution != .winograd else {
      throw mistake(
        "convolution",
        "winograd computes in float32 only, but precision is \(precision.rawValue); take auto or direct")
    }
  }
}
