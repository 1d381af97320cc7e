import Foundation

/// Asks the hosts of a host file whether they are there.
struct HostProbe {
  /// The environment, which may name another program than ssh.
  let environment: [String: String]

  private static let question = "{ command -v orted || exit 127; } >/dev/null"
  private static let deadline = Duration.seconds(10)

  /// The hosts that do not answer, or lack Open MPI, each with what is wrong.
  func failures(_ hosts: [HostFile.Host]) -> [(host: String, reason: String)] {
    let agent = environment["OMPI_MCA_plm_rsh_agent"].map { $0.split(separator: " ").map(String.init) }
    let options = agent == nil ? ["-o", "BatchMode=yes", "-o", "ConnectTimeout=8"] : []
    var names: [String] = []
    for host in hosts where !HostFile.isThisMachine(host.name) && !names.contains(host.name) {
      names.append(host.name)
    }
    // All at once: one that is gone takes its time.
    let start = ContinuousClock.now
    let children = names.map { name in
      (
        name,
        try? ChildProcess(
          (agent ?? ["ssh"]) + options + [name, Self.question], environment: environment)
      )
    }
    return children.compactMap { name, child in
      guard let child else {
        return (name, "\(name): cannot be reached: \(agent?.first ?? "ssh"): no such program")
      }
      defer { close(child.errors) }
      var words: [UInt8] = []
      var ending: ChildProcess.Ending?
      repeat {
        ending = child.ending()
        while let bytes = child.read(within: ending == nil ? 0.05 : 0) { words += bytes }
      } while ending == nil && start.duration(to: .now) < Self.deadline
      let lines = words.split { [UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains($0) }
      let text = lines.last.map { ": \(String(decoding: $0, as: UTF8.self))" } ?? ""
      switch ending {
      case .status(0): return nil
      case .status(127):
        return (
          name,
          "\(name): has no Open MPI (orted) where its shell looks for programs; it is needed on all hosts"
        )
      case nil:
        kill(-child.identifier, SIGKILL)
        while child.ending() == nil { Thread.sleep(forTimeInterval: 0.01) }
        return (
          name, "\(name): cannot be reached: no answer within \(Self.deadline.components.seconds) seconds"
        )
      default: return (name, "\(name): cannot be reached\(text)")
      }
    }
  }
}
