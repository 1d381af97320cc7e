import Foundation

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
    let status = text("/proc/self/status") ?? ""
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else {
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
    guard let groups = text("\(root)/proc/self/cgroup") else { return nil }
    var quotas: [Double] = []
    for line in groups.split(separator: "\n") {
      // Hierarchy, controllers and path: "0::/a/b" of version 2, "3:cpu,cpuacct:/a/b" of version 1.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isUnified = parts[0] == "0" && parts[1].isEmpty
      guard isUnified || parts[1].split(separator: ",").contains("cpu") else { continue }
      var names = parts[2].split(separator: "/")
      while true {
        let path = names.map { "/\($0)" }.joined()
        let directory = "\(root)/sys/fs/cgroup" + (isUnified ? "" : "/cpu") + path
        if let quota = isUnified ? unifiedQuota(directory) : legacyQuota(directory) { quotas.append(quota) }
        if names.isEmpty { break }
        names.removeLast()
      }
    }
    return quotas.min()
  }

  /// Of version 2: "150000 100000", microseconds of each period; "max 100000" for no limit.
  private static func unifiedQuota(_ directory: String) -> Double? {
    let words = text("\(directory)/cpu.max")?.split { $0.isWhitespace } ?? []
    guard words.count == 2 else { return nil }
    return quota(String(words[0]), String(words[1]))
  }

  /// Of version 1: a file for each of the two; −1 for no limit.
  private static func legacyQuota(_ directory: String) -> Double? {
    quota(text("\(directory)/cpu.cfs_quota_us") ?? "", text("\(directory)/cpu.cfs_period_us") ?? "")
  }

  private static func quota(_ share: String, _ period: String) -> Double? {
    guard let share = Double(share.trimmingCharacters(in: .whitespacesAndNewlines)), share > 0,
      let period = Double(period.trimmingCharacters(in: .whitespacesAndNewlines)), period > 0
    else { return nil }
    return share / period
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
