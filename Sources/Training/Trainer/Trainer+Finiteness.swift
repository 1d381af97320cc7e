import Execution
import Foundation

extension Trainer {
  /// What of a batch is not finite, in words; nil if all is.
  ///
  /// All ranks see the same.
  func nonFinite(_ metrics: BatchMetrics) -> String? {
    if !metrics.loss.isFinite { return "the loss is \(metrics.loss)" }
    return replica.executor.nonFiniteGradient().map { "the gradient of \($0) is not finite" }
  }

  /// The failure of a step whose loss or gradient is not finite, with the first number that was not.
  ///
  /// Every rank must call this.
  func failure(
    _ found: String, in batch: ArraySlice<UInt32>, learningRate: Double
  ) throws -> CommonFailure {
    let own = try replica.findNonFinite(batch, of: experiment.trainingData, epoch: position.epoch)
    let words = own.map { [UInt64($0.order), UInt64($0.microshard)] } ?? [.max, .max]
    let all = try ranks.allGather(words)
    let rank = all.indices.min { (all[$0][0], all[$0][1]) < (all[$1][0], all[$1][1]) } ?? 0
    let names = try ranks.allGather(Array((own?.name ?? "").utf8))
    let hosts = try ranks.hosts()
    let first =
      all[rank][0] == .max
      ? ""
      : "; the first such number is in \(String(decoding: names[rank], as: UTF8.self)), microshard \(all[rank][1]) on rank \(rank) (\(hosts[rank]))"
    return try failure("\(found)\(first)", step: position.step + 1, learningRate: learningRate)
  }

  /// Requires that no rank had a parameter, slot or running statistic that is not finite after the step before.
  ///
  /// Every rank must call this, after the sums of a step.
  func requireFiniteState(_ requests: StepRequests) throws {
    if requests.contains(.notFinite) { try failForState() }
  }

  /// Requires that no rank has a parameter, slot or running statistic that is not finite.
  ///
  /// Every rank must call this.
  func requireFiniteState() throws {
    nonFiniteState = replica.executor.nonFiniteState(slots: true)
    if try ranks.minimum(nonFiniteState == nil ? 1 : 0) == 0 { try failForState() }
  }

  private func failForState() throws -> Never {
    let names = try ranks.allGather(Array((nonFiniteState ?? "").utf8))
    let hosts = try ranks.hosts()
    let ranks = names.indices.filter { !names[$0].isEmpty }
    let tensor = String(decoding: ranks.first.map { names[$0] } ?? [], as: UTF8.self)
    // A lone rank has met it by a fault of its own.
    let place = ranks.count == names.count || ranks.isEmpty ? "" : " on rank \(ranks[0]) (\(hosts[ranks[0]]))"
    let learningRate = experiment.recipe.learningRate(
      step: max(position.step - 1, 0), stepsPerEpoch: batches.count)
    throw try failure(
      "\(tensor) is not finite after the step\(place)", step: position.step, learningRate: learningRate)
  }

  private func failure(_ found: String, step: Int, learningRate: Double) throws -> CommonFailure {
    guard ranks.isCoordinator else { return CommonFailure(message: nil) }
    try noteWrittenCheckpoint(waits: true)
    let good =
      checkpointPath.map { "the last good checkpoint is \($0)" } ?? "no checkpoint was written before"
    return CommonFailure(
      message: String(
        format: "step %d: %@; the learning rate is %g, which may be too large; %@", step, found, learningRate,
        good))
  }
}
