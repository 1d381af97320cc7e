import CanonicalTree
package import Execution
package import Mistakes
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
      precision: precision, slots: updateRule.slots)
  }

  /// Checks what can be known before anything is computed.
  ///
  /// - Parameters:
  ///   - source: where the recipe comes from, for the message: a file, or nothing.
  ///   - ranks: the number of ranks.
  /// - Throws: `UserMistake` if there are more ranks than microshards, or no kernels here for the precision.
  package func check(source: String, ranks: Int) throws(UserMistake) {
    func mistake(_ key: String, _ problem: String) -> UserMistake {
      UserMistake((source.isEmpty ? "" : "\(source): ") + "\(key): \(problem)")
    }
    guard batch.microshards >= 1, batch.size >= batch.microshards else {
      throw mistake(
        "batch.size", "found \(batch.size), expected at least batch.microshards (\(batch.microshards))")
    }
    guard ranks <= batch.microshards else {
      throw mistake(
        "batch.microshards",
        "\(batch.microshards) microshards cannot be shared by \(ranks) ranks; start at most \(batch.microshards) "
          + "ranks or take more microshards")
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
