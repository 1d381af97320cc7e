import Foundation

/// A group of processes that Linux limits together: its files tell what is allowed, and what was used.
package struct ControlGroup {
  /// The two versions of control groups, which have other files.
  package enum Version {
    case one, two
  }

  package let version: Version
  /// Where the group's files are.
  package let directory: String

  /// The groups that limit this process, and those around them, the innermost first; empty elsewhere than on Linux.
  ///
  /// - Parameters:
  ///   - controller: what they limit, such as "memory".
  ///   - root: the directory that holds `proc` and `sys`, for tests.
  package static func groups(of controller: String, root: String = "") -> [ControlGroup] {
    var groups: [ControlGroup] = []
    for line in SystemFile.lines("\(root)/proc/self/cgroup") ?? [] {
      // Hierarchy, controllers and path: "0::/job/step" of version 2, "3:cpu,cpuacct:/job" of version 1.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let version: Version = fields[1].isEmpty ? .two : .one
      guard version == .two || fields[1].split(separator: ",").contains(Substring(controller)) else {
        continue
      }
      let top = "\(root)/sys/fs/cgroup" + (version == .two ? "" : "/\(controller)")
      // A container sees its own group at the top, and names that are its host's.
      var path = fields[2].split(separator: "/").filter { $0 != ".." }
      while true {
        groups.append(
          ControlGroup(version: version, directory: ([top[...]] + path).joined(separator: "/")))
        if path.popLast() == nil { break }
      }
    }
    return groups
  }

  /// The lines of one of the group's files; nil if there is no such file.
  package func lines(_ name: String) -> [Substring]? { SystemFile.lines("\(directory)/\(name)") }

  /// The number that one of the group's files holds; nil for "max", or if there is no such file.
  package func number(_ name: String) -> Int? { lines(name)?.first.flatMap { Int($0) } }

  /// The number behind a word at the beginning of a line of one of the group's files.
  package func number(_ name: String, _ key: String) -> Int? {
    let line = lines(name)?.first { $0.hasPrefix("\(key) ") }
    return line.flatMap { Int($0.dropFirst(key.count + 1)) }
  }

  /// How many processes of this process's group were ended for want of memory; nil where the system does not tell.
  package static var outOfMemoryKills: Int? {
    for group in groups(of: "memory") {
      let name = group.version == .two ? "memory.events" : "memory.oom_control"
      if let count = group.number(name, "oom_kill") { return count }
    }
    return nil
  }
}
