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
    guard let lines = lines(of: "\(root)/proc/meminfo") else { return nil }
    func kibibytes(_ key: String) -> Int? {
      let line = lines.first { $0.hasPrefix(key + ":") }
      return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
    guard let available = kibibytes("MemAvailable") else { return nil }
    let swap = kibibytes("SwapFree") ?? 0
    let group = groupByteCount(root: root).map { $0 + 1024 * swap }
    return min(1024 * (available + swap), group ?? Int.max)
  }

  /// What the control groups of this process leave, in versions 2 and 1; nil without a limit.
  private static func groupByteCount(root: String) -> Int? {
    var least: Int?
    for line in lines(of: "\(root)/proc/self/cgroup") ?? [] {
      // ID:CONTROLLERS:PATH, without controllers for version 2.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty || parts[1].split(separator: ",").contains("memory") else {
        continue
      }
      let version: Version = parts[1].isEmpty ? .two : .one
      // A container sees its own group at the top, and names that are its host's.
      var path = parts[2].split(separator: "/").filter { $0 != ".." }
      while true {
        let directory = ([root + version.directory] + path.map(String.init)).joined(separator: "/")
        if let count = version.byteCount(in: directory) { least = min(least ?? count, count) }
        if path.popLast() == nil { break }
      }
    }
    return least
  }

  /// The two versions of control groups, with the names of their files.
  private enum Version {
    case one, two

    var directory: String { self == .two ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory" }

    /// What a group leaves; nil if it has no limit, or there is no such group.
    func byteCount(in directory: String) -> Int? {
      let (limit, usage) =
        self == .two
        ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes")
      guard let most = FreeMemory.lines(of: "\(directory)/\(limit)")?.first.flatMap({ Int($0) }),
        let used = FreeMemory.lines(of: "\(directory)/\(usage)")?.first.flatMap({ Int($0) }),
        most >= 0, used >= 0
      else { return nil }
      let keys =
        self == .two ? ["inactive_file", "active_file"] : ["total_inactive_file", "total_active_file"]
      let files = (FreeMemory.lines(of: "\(directory)/memory.stat") ?? []).reduce(0) { sum, line in
        let parts = line.split(separator: " ")
        guard parts.count == 2, keys.contains(String(parts[0])), let count = Int(parts[1]) else { return sum }
        return sum + max(0, count)
      }
      return max(0, most - max(0, used - files))
    }
  }

  /// The lines of a small file of the system, whose size is not known beforehand.
  private static func lines(of path: String) -> [Substring]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
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
