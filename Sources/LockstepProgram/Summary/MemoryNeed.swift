import CanonicalTree
import DataParallel
import Execution
import NeuralNetworks
import Training

/// The memory that a rank will take for a configured run, by what it is for.
struct MemoryNeed {
  /// One use of memory; the bytes are nil where only the files tell.
  typealias Item = (name: String, byteCount: Int?)

  let estimate: ExecutionEstimate
  /// The microshards of the rank that has most.
  let microshardCount: Int
  let items: [Item]

  /// The bytes of all items that are known.
  var byteCount: Int { items.reduce(0) { $0 + ($1.byteCount ?? 0) } }

  /// Plans the run for the rank with the most microshards, the first.
  init(_ configuration: Configuration, _ graph: Graph, ranks: Int) throws {
    let microshards = MicroshardAssignment(
      microshardCount: configuration.recipe.batch.microshards, rankCount: ranks)[0]
    microshardCount = microshards.count
    estimate = try ExecutionEstimate(
      graph, microshards: microshards,
      options: configuration.recipe.executorOptions(on: configuration.machine))
    // All ranks of a host share one window; a rank's part is counted.
    let window = RankReduction.windowByteCount(
      of: estimate.sums, microshardCount: configuration.recipe.batch.microshards, ranks: ranks)
    let verifies = configuration.machine.verifyEverySteps != nil
    items =
      [
        ("values and gradients of the model", estimate.arenaByteCount * microshards.count)
      ]
      + (verifies ? [("values and gradients of a microshard that is verified", estimate.arenaByteCount)] : [])
      + [
        ("scratch memory of kernels", estimate.scratchpadByteCount * configuration.machine.threads),
        ("parameters", estimate.parameterByteCount), ("state of the update rule", estimate.slotByteCount),
        ("weights in kernels' layouts", estimate.weightCopyByteCount),
        ("batch norm", estimate.normalizationByteCount),
        ("summands of gradients and statistics", estimate.leafByteCount),
        ("all-reduce buffers", window / ranks), ("data set", configuration.data.dataset.byteCount),
      ]
  }
}
