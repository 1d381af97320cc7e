import Foundation

/// The cores that this process may use, which in containers and batch jobs are fewer than the machine's.
package enum AvailableCores {
  /// The cores of the affinity mask, or fewer where a cgroup's quota allows fewer; at least 1.
  package static var count: Int {
    let affinity = text("/proc/self/status").flatMap(count(status:))
    let cores = affinity ?? ProcessInfo.processInfo.activeProcessorCount
    return max(1, min(cores, quota.map { Int($0) } ?? cores))
  }

  /// The cores of an affinity mask, from the line `Cpus_allowed_list:` of /proc/self/status, such as "0-3,8".
  package static func count(status: String) -> Int? {
    for line in status.split(separator: "\n") where line.hasPrefix("Cpus_allowed_list:") {
      let list = line.drop { $0 != ":" }.dropFirst()
      var count = 0
      for part in list.split(separator: ",") {
        let bounds = part.split(separator: "-").map { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, last >= first else {
          return nil
        }
        count += last - first + 1
      }
      return count > 0 ? count : nil
    }
    return nil
  }

  /// The cores that a cgroup's `cpu.max` allows: quota over period; nil for "max".
  package static func quota(cpuMax: String) -> Double? {
    let fields = cpuMax.split { $0 == " " || $0 == "\n" }.map { Double($0) }
    guard fields.count == 2, let quota = fields[0], let period = fields[1], quota > 0, period > 0 else {
      return nil
    }
    return quota / period
  }

  /// The least quota of this process's cgroup and of those that it lies in.
  private static var quota: Double? {
    var quotas: [Double?] = []
    for directory in ControlGroup.directories {
      quotas.append(text("\(directory)/cpu.max").flatMap(quota(cpuMax:)))
      // Version 1 has the two numbers in files of their own.
      if let quota = text("\(directory)/cpu.cfs_quota_us"),
        let period = text("\(directory)/cpu.cfs_period_us")
      {
        quotas.append(Self.quota(cpuMax: "\(quota) \(period)"))
      }
    }
    return quotas.compactMap(\.self).min()
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
