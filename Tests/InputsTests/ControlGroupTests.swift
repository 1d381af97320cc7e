import Foundation
import Inputs
import Testing

/// The control groups of this process, as the files of a system tell them.
@Suite struct ControlGroupTests {
  /// Makes files below a new directory, and hands it to a test.
  private func withRoot(_ files: [String: String], _ body: (String) -> Void) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    body(root.path)
  }

  @Test("are those of a controller with all that they lie in, the innermost first")
  func order() throws {
    let text = "0::/user.slice/job\n4:cpu,cpuacct:/\n5:memory:/../host/x\nno line of the kernel\n"
    try withRoot(["proc/self/cgroup": text]) { root in
      func directories(_ controller: String) -> [String] {
        ControlGroup.groups(of: controller, root: root).map {
          String($0.directory.dropFirst(root.count + "/sys/fs/cgroup".count))
        }
      }
      let second = ["/user.slice/job", "/user.slice", ""]
      #expect(directories("cpu") == second + ["/cpu"])
      #expect(directories("memory") == second + ["/memory/host/x", "/memory/host", "/memory"])
      #expect(directories("cpuset") == second)
    }
  }

  @Test("have numbers in their files, by themselves and behind words")
  func numbers() throws {
    let files = [
      "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/pids.max": "12\n",
      "sys/fs/cgroup/memory.events": "oom 3\noom_kill 2\n",
    ]
    try withRoot(files) { root in
      let group = ControlGroup.groups(of: "memory", root: root).first
      #expect(group?.number("memory.max") == nil && group?.number("pids.max") == 12)
      #expect(
        group?.number("memory.events", "oom_kill") == 2 && group?.number("memory.events", "oom_") == nil)
      #expect(group?.number("absent") == nil && group?.lines("absent") == nil)
    }
  }

  @Test("are none where the system does not tell")
  func none() throws {
    try withRoot([:]) { #expect(ControlGroup.groups(of: "cpu", root: $0).isEmpty) }
  }
}
