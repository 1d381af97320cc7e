import Foundation
import MPI

/// What the ranks of a machine want of its cores.
struct MachineLoad {
  /// The ranks on this machine.
  let rankCount: Int
  /// The threads of all of them.
  let threadCount: Int
  /// The cores that they may use.
  let coreCount: Int

  /// Counts them for the machine of this rank.
  ///
  /// Every rank must call this.
  ///
  /// - Parameter threads: the threads of this rank.
  init(_ world: Communicator, threads: Int) throws(MPIError) {
    let machine = try world.splitShared()
    // Each rank may be bound to cores of its own.
    let masks = try machine.allGatherV(ProcessorCount.mask)
    self.init(
      rankCount: machine.size, threadCount: try machine.allReduce(threads, .sum),
      coreCount: ProcessorCount.count(masks: masks, quota: ProcessorCount.quota()))
  }

  init(rankCount: Int, threadCount: Int, coreCount: Int) {
    (self.rankCount, self.threadCount, self.coreCount) = (rankCount, threadCount, coreCount)
  }

  /// How many threads want each core.
  var ratio: Double { Double(threadCount) / Double(coreCount) }

  /// What sharing cores costs; nil if each thread has one.
  func warning(host: String) -> String? {
    guard threadCount > coreCount else { return nil }
    func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
    let perRank = threadCount.isMultiple(of: rankCount) ? threadCount / rankCount : nil
    let threads = perRank.map { "× \(counted($0, "thread"))" } ?? "of \(threadCount) threads"
    return
      "\(counted(rankCount, "rank")) \(threads) share \(counted(coreCount, "core")) of \(host): each step takes about "
      + String(format: "%.3g", ratio) + " times as long as on \(threadCount) cores"
  }

  /// The warning of the machine on which a core is wanted by the most threads; nil if each thread of all machines has a core.
  ///
  /// Every rank must call this.
  func worstWarning(_ world: Communicator, host: String) throws(MPIError) -> String? {
    let ratios = try world.allGather(ratio)
    guard let worst = ratios.max(), worst > 1, let root = ratios.firstIndex(of: worst) else { return nil }
    let text = try world.broadcast(Array((warning(host: host) ?? "").utf8), root: root)
    return String(decoding: text, as: UTF8.self)
  }
}
