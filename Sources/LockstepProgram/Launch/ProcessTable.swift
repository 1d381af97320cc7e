import Foundation

/// A process as the system lists it; its number together with its start tells it from a later one of the same number.
struct ListedProcess: Hashable {
  let identifier: pid_t
  /// When it began, in the kernel's ticks.
  let start: UInt64
}

/// What the system lists of processes; nothing elsewhere than on Linux.
enum ProcessTable {
  /// What /proc tells of a process.
  struct Entry {
    var process: ListedProcess
    /// The name of its program, its first 15 bytes.
    var name: String
    var parent: pid_t
    /// Whether it has ended, and nobody has asked for its status.
    var hasEnded: Bool
    /// The status as `waitpid` would tell it; nil where the system keeps it to itself.
    var status: CInt?
  }

  /// Whether the system lists its processes.
  static let isThere = FileManager.default.fileExists(atPath: "/proc/self/stat")

  /// The children of a process.
  static func children(of parent: pid_t) -> [Entry] {
    guard let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task") else {
      return []
    }
    var numbers: [pid_t] = []
    for thread in threads {
      guard let data = contents("/proc/\(parent)/task/\(thread)/children") else {
        // A kernel without these lists.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0).flatMap(entry) }.filter { $0.parent == parent }
      }
      numbers += data.split(separator: " ").compactMap { pid_t($0) }
    }
    return numbers.compactMap(entry).filter { $0.parent == parent }
  }

  /// What is known of a process; nil if there is none of this number.
  static func entry(_ identifier: pid_t) -> Entry? {
    guard let text = contents("/proc/\(identifier)/stat"), let open = text.firstIndex(of: "("),
      let close = text.lastIndex(of: ")")
    else { return nil }
    // From the third one on, the fields hold no spaces: state, parent, …, start (22), …, exit code (52).
    let fields = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
    guard fields.count > 19, let parent = pid_t(fields[1]), let start = UInt64(fields[19]) else { return nil }
    return Entry(
      process: ListedProcess(identifier: identifier, start: start),
      name: String(text[text.index(after: open)..<close]), parent: parent,
      hasEnded: fields[0] == "Z" || fields[0] == "X", status: fields.count > 49 ? CInt(fields[49]) : nil)
  }

  /// Whether a process still runs.
  static func runs(_ process: ListedProcess) -> Bool {
    guard let entry = entry(process.identifier) else { return false }
    return entry.process == process && !entry.hasEnded
  }

  /// The number of the rank that a process is; nil where the system does not tell.
  static func rank(of process: ListedProcess) -> Int? {
    contents("/proc/\(process.identifier)/environ")?.split(separator: "\0").lazy.compactMap { variable in
      variable.hasPrefix("OMPI_COMM_WORLD_RANK=") ? Int(variable.drop { $0 != "=" }.dropFirst()) : nil
    }.first
  }

  private static func contents(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
