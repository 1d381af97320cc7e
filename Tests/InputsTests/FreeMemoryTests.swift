import Foundation
import Inputs
import Testing

/// What is free, as the files of a system tell it.
@Suite struct FreeMemoryTests {
  /// Makes files below a new directory, and tells what is free there.
  private func free(_ files: [String: String]) throws -> Int? {
    let root = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return FreeMemory.byteCount(root: root.path)
  }

  private static let system = [
    "proc/meminfo": "MemTotal:  9000 kB\nMemFree:  10 kB\nMemAvailable:    4000 kB\nSwapFree:   96 kB\n"
  ]

  @Test("a system that does not tell has no limit")
  func unknown() throws {
    #expect(try free([:]) == nil)
    #expect(try free(["proc/meminfo": "MemFree: 10 kB\n"]) == nil)
  }

  @Test("without control groups it is what the system has, swap included")
  func system() throws {
    #expect(try free(Self.system) == 4096 << 10)
    #expect(try free(Self.system.merging(["proc/self/cgroup": "0::/\n"]) { $1 }) == 4096 << 10)
  }

  @Test("the least that a control group around this process leaves counts, pages of files as free")
  func version2() throws {
    var files = Self.system
    files["proc/self/cgroup"] = "0::/job/step\n"
    files["sys/fs/cgroup/job/step/memory.max"] = "max\n"
    files["sys/fs/cgroup/job/step/memory.current"] = "1\n"
    files["sys/fs/cgroup/job/memory.max"] = "1000000\n"
    files["sys/fs/cgroup/job/memory.current"] = "700000\n"
    files["sys/fs/cgroup/job/memory.stat"] = "anon 5\ninactive_file 50000\nactive_file 30000\nfile 9\n"
    #expect(try free(files) == 1_000_000 - 620_000 + (96 << 10))
    files["proc/meminfo"] = "MemAvailable: 1 kB\n"
    #expect(try free(files) == 1024)
  }

  @Test("version 1, whose container has other names than its host")
  func version1() throws {
    var files = Self.system
    files["proc/self/cgroup"] = "5:cpu,cpuacct:/a\n4:memory:/host/name\n0::/\n"
    files["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "500000\n"
    files["sys/fs/cgroup/memory/memory.usage_in_bytes"] = "600000\n"
    files["sys/fs/cgroup/memory/memory.stat"] = "total_inactive_file 200000\ninactive_file 7\n"
    #expect(try free(files) == 100_000 + (96 << 10))
    files["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n"
    #expect(try free(files) == 4096 << 10)
  }

  #if os(Linux)
    @Test("this system tells")
    func here() throws {
      #expect(try #require(FreeMemory.byteCount()) > 1 << 20)
    }
  #endif

  @Test("bytes in words", arguments: [(999, "999 B"), (1000, "1.0 kB"), (123_400_000_000, "123.4 GB")])
  func words(count: Int, text: String) {
    #expect(FreeMemory.text(count) == text)
  }
}
