import Foundation

/// Where Linux tells what this process may use, and what became of processes that used more.
package enum ControlGroup {
  /// The directories of this process's cgroups and of all that they lie in, of both versions; empty elsewhere than on Linux.
  package static var directories: [String] {
    guard let text = FileManager.default.contents(atPath: "/proc/self/cgroup") else { return [] }
    return directories(cgroup: String(decoding: text, as: UTF8.self))
  }

  /// The directories that the lines of /proc/self/cgroup name, such as "0::/user.slice" or "4:cpu,cpuacct:/job".
  package static func directories(cgroup: String) -> [String] {
    var result: [String] = []
    for line in cgroup.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let root = fields[1].isEmpty ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\(fields[1])"
      var path = fields[2].split(separator: "/").filter { $0 != ".." }
      while true {
        result.append(([root[...]] + path).joined(separator: "/"))
        if path.popLast() == nil { break }
      }
    }
    return result
  }

  /// How many processes of this process's cgroup were ended for want of memory; nil where the system does not tell.
  package static var outOfMemoryKills: Int? {
    for directory in directories {
      for name in ["memory.events", "memory.oom_control"] {
        guard let text = FileManager.default.contents(atPath: "\(directory)/\(name)") else { continue }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("oom_kill ") {
          return Int(line.dropFirst("oom_kill ".count))
        }
      }
    }
    return nil
  }
}
