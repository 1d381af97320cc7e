import DataParallel
import Foundation
import Testing

/// The cores that processes may use.
@Suite struct ProcessorCountTests {
  @Test("masks are read as the system writes them, and those of several processes are united")
  func masks() {
    #expect(ProcessorCount.mask(hexadecimal: "\t3\n") == [3])
    #expect(ProcessorCount.mask(hexadecimal: "1,0000000f") == [15, 0, 0, 0, 1])
    #expect(ProcessorCount.count(masks: [[3], [3]], quota: nil) == 2)
    #expect(ProcessorCount.count(masks: [[1], [2], [0, 1]], quota: nil) == 3)
  }

  @Test("a quota bounds the cores, in whole ones but at least one")
  func bounds() {
    #expect(ProcessorCount.count(masks: [[255]], quota: 2.9) == 2)
    #expect(ProcessorCount.count(masks: [[255]], quota: 0.5) == 1)
    #expect(ProcessorCount.count(masks: [[1]], quota: 8) == 1)
  }

  @Test("without a limit there are the cores that the system counts")
  func unlimited() {
    #expect(ProcessorCount.count(masks: [[]], quota: nil) == ProcessInfo.processInfo.activeProcessorCount)
  }

  @Test(
    "the least quota of a control group and those above it counts, in both versions",
    arguments: [
      (["proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n"], nil),
      (["proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "150000 100000\n"], 1.5),
      (
        [
          "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
          "sys/fs/cgroup/a/cpu.max": "200000 100000\n",
        ], 2
      ),
      (["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"], 0.5),
      (
        [
          "proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/x\n",
          "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ], 3
      ),
      (
        [
          "proc/self/cgroup": "1:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
          "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ], nil
      ), ([:], nil),
    ] as [([String: String], Double?)])
  func quota(files: [String: String], expected: Double?) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(ProcessorCount.quota(root: root.path) == expected)
  }
}
