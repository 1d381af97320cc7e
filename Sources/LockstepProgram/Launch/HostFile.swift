import Foundation
package import Mistakes

/// Open MPI's host file: a line `node1 slots=4` for each host.
package struct HostFile: Equatable {
  /// A line that names a host.
  package struct Host: Equatable {
    /// The name or address, without a user before it.
    package var name: String
    /// How many ranks it takes; nil where the line leaves that to the number of its cores.
    package var slots: Int?
    /// The line, as it stands in the file.
    package var line: String
  }

  /// Where the file lies.
  package let path: String
  /// The hosts, in the file's order.
  package var hosts: [Host]

  /// The ranks that all hosts take; nil where one leaves it to the number of its cores.
  package var slots: Int? {
    hosts.reduce(0) { sum, host in sum.flatMap { sum in host.slots.map { sum + $0 } } }
  }

  /// The lines of the hosts.
  package var text: String { hosts.map { $0.line + "\n" }.joined() }

  /// Reads a host file.
  ///
  /// - Throws: `UserMistake` if it cannot be read, names no host, or gives a host no proper number of slots.
  package init(contentsOf path: String) throws(UserMistake) {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw UserMistake("--hostfile \(path): no such file; expected lines such as: node1 slots=4")
    }
    guard !isDirectory.boolValue else {
      throw UserMistake("--hostfile \(path): is a directory; expected a file of lines such as: node1 slots=4")
    }
    guard access(path, R_OK) == 0, let data = FileManager.default.contents(atPath: path) else {
      throw UserMistake("--hostfile \(path): cannot be read: \(String(cString: strerror(errno)))")
    }
    try self.init(text: String(decoding: data, as: UTF8.self), path: path)
  }

  /// Reads the text of a host file; a host of several lines has a slot for each, as batch systems write them.
  package init(text: String, path: String) throws(UserMistake) {
    self.path = path
    hosts = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let first = words.first else { continue }
      let name = String(first.split(separator: "@").last ?? first)
      var slots: Int?
      for word in words.dropFirst() where word.hasPrefix("slots=") || word.hasPrefix("cpu=") {
        let value = word.drop { $0 != "=" }.dropFirst()
        guard let number = Int(value), number > 0 else {
          throw UserMistake("\(path):\(index + 1): \(word): expected a number of at least 1")
        }
        slots = number
      }
      hosts.append(Host(name: name, slots: slots, line: String(line)))
    }
    guard !hosts.isEmpty else {
      throw UserMistake("--hostfile \(path): names no host; expected lines such as: node1 slots=4")
    }
    let counts = Dictionary(hosts.map { ($0.name, 1) }, uniquingKeysWith: +)
    for index in hosts.indices where hosts[index].slots == nil && counts[hosts[index].name, default: 0] > 1 {
      hosts[index].slots = 1
    }
  }

  /// The same file without some hosts.
  package func without(_ names: Set<String>) -> HostFile {
    var result = self
    result.hosts.removeAll { names.contains($0.name) }
    return result
  }

  /// Whether one of the hosts is this machine; mpirun then puts the first ranks there.
  package var namesThisMachine: Bool { hosts.contains { Self.isThisMachine($0.name) } }

  /// Whether a name is one of this machine.
  package static func isThisMachine(_ name: String) -> Bool {
    let own = hostName
    let short = own.prefix { $0 != "." }
    return [own, String(short), "localhost", "127.0.0.1"].contains(name)
      || !short.isEmpty && name.hasPrefix(short + ".")
  }

  /// The name of this machine.
  package static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    gethostname(&bytes, bytes.count - 1)
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
