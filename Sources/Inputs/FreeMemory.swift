import Foundation

/// The memory of this host that is free for this process: what lengths are compared with before anything is allocated.
package enum FreeMemory {
  /// The bytes that can still be taken, swap included: the least of what the system has and what the control groups of
  /// this process leave; nil where the system does not tell, as on macOS.
  ///
  /// Pages of files count as free, since the kernel gives them back.
  ///
  /// - Parameter root: the directory that holds `proc` and `sys`, for tests.
  package static func byteCount(root: String = "") -> Int? {
    guard let lines = SystemFile.lines("\(root)/proc/meminfo") else { return nil }
    func kibibytes(_ key: String) -> Int? {
      let line = lines.first { $0.hasPrefix(key + ":") }
      return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
    guard let available = kibibytes("MemAvailable") else { return nil }
    let swap = kibibytes("SwapFree") ?? 0
    let group = groupByteCount(root: root).map { $0 + 1024 * swap }
    return min(1024 * (available + swap), group ?? Int.max)
  }

  /// What the control groups of this process leave; nil without a limit.
  private static func groupByteCount(root: String) -> Int? {
    ControlGroup.groups(of: "memory", root: root).compactMap { byteCount(in: $0) }.min()
  }

  /// What a group leaves; nil if it has no limit, or there is no such group.
  private static func byteCount(in group: ControlGroup) -> Int? {
    let isSecond = group.version == .two
    guard let most = group.number(isSecond ? "memory.max" : "memory.limit_in_bytes"),
      let used = group.number(isSecond ? "memory.current" : "memory.usage_in_bytes"), most >= 0, used >= 0
    else { return nil }
    let keys = isSecond ? ["inactive_file", "active_file"] : ["total_inactive_file", "total_active_file"]
    let files = keys.reduce(0) { $0 + max(0, group.number("memory.stat", $1) ?? 0) }
    return max(0, most - max(0, used - files))
  }

  /// A number of bytes for a message, in units of a thousand: "22.1 GB".
  package static func text(_ byteCount: Int) -> String {
    var (value, unit) = (Double(byteCount), "B")
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB"] where value >= 1000 {
      (value, unit) = (value / 1000, larger)
    }
    return unit == "B" ? "\(byteCount) B" : "\((value * 10).rounded() / 10) \(unit)"
  }
}
