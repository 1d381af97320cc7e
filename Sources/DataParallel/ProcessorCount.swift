import Foundation
import Inputs

/// The cores that processes may use: those of their affinity masks, and of the quota of their control group.
package enum ProcessorCount {
  /// The cores that this process may use by itself, ≥ 1.
  package static var available: Int { count(masks: [mask], quota: quota()) }

  /// The cores that several processes of a machine may use together, ≥ 1.
  ///
  /// - Parameters:
  ///   - masks: each process's ``mask``.
  ///   - quota: the cores that their control group may use at a time; nil for all.
  package static func count(masks: [[UInt8]], quota: Double?) -> Int {
    var union: [UInt8] = []
    for mask in masks {
      union += [UInt8](repeating: 0, count: max(0, mask.count - union.count))
      for index in mask.indices { union[index] |= mask[index] }
    }
    let allowed = union.reduce(0) { $0 + $1.nonzeroBitCount }
    let cores = allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
    // Half a core more is no core more to run on.
    return max(1, min(cores, quota.map { Int($0.rounded(.down)) } ?? cores))
  }

  /// The cores that this process may run on, a bit each; empty where the system does not tell.
  package static var mask: [UInt8] {
    let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
    guard
      let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
        .first(where: { $0.hasPrefix("Cpus_allowed:") })
    else {
      return []
    }
    return mask(hexadecimal: String(line.dropFirst("Cpus_allowed:".count)))
  }

  /// The bits of a number such as "3,ffffffff", the lowest first, eight a byte.
  package static func mask(hexadecimal text: String) -> [UInt8] {
    let digits = text.reversed().compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { index in
      UInt8(digits[index] | (index + 1 < digits.count ? digits[index + 1] << 4 : 0))
    }
  }

  /// The cores that the control groups of this process may use at a time, as containers are limited; nil for all.
  ///
  /// The least of a group and those above it counts.
  ///
  /// - Parameter root: where `proc` and `sys` are.
  package static func quota(root: String = "") -> Double? {
    ControlGroup.groups(of: "cpu", root: root).compactMap { quota(of: $0) }.min()
  }

  private static func quota(of group: ControlGroup) -> Double? {
    // Microseconds of each period: "150000 100000", or a file for each; "max" and −1 for no limit.
    let words =
      group.version == .two
      ? group.lines("cpu.max")?.first?.split { $0.isWhitespace } ?? []
      : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { group.lines($0)?.first }
    guard words.count == 2, let share = Double(words[0]), let period = Double(words[1]), share > 0, period > 0
    else { return nil }
    return share / period
  }
}
