import Foundation
import Testing

extension EndToEndTests {
  /// `launch/fetch-data`, against a server of our own: no test needs a network.
  @Suite(.enabled(if: FetchTools.areInstalled, "needs curl and python3"))
  struct FetchDataTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

    /// A server of the files in a folder, which has its own ideas of how; ended with this value.
    private final class Server {
      private let program: RunningProgram
      private let folder: URL

      init(_ folder: URL, _ behaviour: String) throws {
        self.folder = folder
        for name in ["port", "requests"] {
          try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
        program = try RunningProgram(
          ["python3", FetchDataTests.tests.appending(path: "odd_server.py").path, folder.path, behaviour],
          in: folder,
          environment: Program.environment)
      }

      /// Fetches a data set into the folder `out` beside the served one.
      func fetch(_ set: String) throws -> RunningProgram.Ending {
        let portFile = folder.appending(path: "port")
        let deadline = Date(timeIntervalSinceNow: 30)
        while !FileManager.default.fileExists(atPath: portFile.path) && Date() < deadline { usleep(10_000) }
        let port = try String(contentsOf: portFile, encoding: .utf8).trimmingCharacters(
          in: .whitespacesAndNewlines)
        return try RunningProgram(
          [SmallRun.repository.appending(path: "launch/fetch-data").path, set, "out"],
          in: folder.deletingLastPathComponent(),
          environment: Program.environment.merging([
            "LOCKSTEP_FETCH_URL": "http://127.0.0.1:\(port)",
            "LOCKSTEP_FETCH_SUMS": folder.appending(path: "sums").path,
            "no_proxy": "127.0.0.1",
          ]) { $1 }
        ).wait()
      }

      /// What was asked for so far: a path and a range of bytes each.
      var requests: [String] {
        let text = try? String(contentsOf: folder.appending(path: "requests"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
      }
    }

    /// Serves one file, and its sum, in a directory of the test's own.
    private func serve(
      _ name: String, _ data: Data, _ behaviour: String, _ body: (Server, _ out: URL) throws -> Void
    ) throws {
      try withTemporaryDirectory { directory in
        let folder = directory.appending(path: "served")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try data.write(to: folder.appending(path: name))
        let sums = try RunningProgram(["sha256sum", name], in: folder, environment: Program.environment)
          .wait()
        try Data(sums.output.utf8).write(to: folder.appending(path: "sums"))
        try body(try Server(folder, behaviour), directory.appending(path: "out"))
      }
    }

    private static let table = Data((0..<59_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
    private static let name = "airfoil_self_noise.dat"

    private func archive(_ kind: String) throws -> Data {
      try withTemporaryDirectory { directory in
        let path = directory.appending(path: "archive").path
        let ending = try RunningProgram(
          ["python3", Self.tests.appending(path: "make_archive.py").path, path, kind], in: directory,
          environment: Program.environment
        ).wait()
        try #require(ending.status == 0, "\(ending.errors)")
        return try Data(contentsOf: URL(filePath: path))
      }
    }

    @Test("a file comes whole, and is not fetched again while it is right")
    func good() throws {
      try serve(Self.name, Self.table, "good") { server, out in
        let ending = try server.fetch("airfoil")
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output == "complete; in a configuration: data.path: out/\(Self.name)\n")
        let path = out.appending(path: Self.name)
        #expect(try Data(contentsOf: path) == Self.table)
        #expect(try server.fetch("airfoil").output.hasPrefix("out/\(Self.name): there already\n"))
        #expect(server.requests.count == 1)
        try Data("rotten".utf8).write(to: path)
        #expect(try server.fetch("airfoil").status == 0)
        #expect(try Data(contentsOf: path) == Self.table && server.requests.count == 2)
        #expect(contents(of: out) == [Self.name])
      }
    }

    @Test("a download that breaks off goes on where it was, and so does the next call")
    func breaks() throws {
      try serve(Self.name, Self.table, "breaks") { server, out in
        let first = try server.fetch("airfoil")
        #expect(first.status == 1)
        #expect(
          first.errorLines.last?.hasSuffix("broke off five times; the same line again goes on from there")
            == true)
        #expect(contents(of: out) == [Self.name + ".part"])
        let second = try server.fetch("airfoil")
        #expect(second.status == 0, "\(second.errors)")
        #expect(try Data(contentsOf: out.appending(path: Self.name)) == Self.table)
        #expect(contents(of: out) == [Self.name])
        let part = Self.table.count / 6 + 1
        #expect(
          server.requests == ["/\(Self.name) whole"] + (1...5).map { "/\(Self.name) bytes=\($0 * part)-" })
      }
    }

    @Test("where a server cannot go on, the download begins anew")
    func withoutRanges() throws {
      try serve(Self.name, Self.table, "no-ranges") { server, out in
        let ending = try server.fetch("airfoil")
        let data = try Data(contentsOf: out.appending(path: Self.name))
        #expect(ending.status == 0 && data == Self.table, "\(ending.errors)")
      }
    }

    @Test(
      "a server that lies, sends without end, or has nothing is told in one line, and nothing stays",
      arguments: [
        ("lies", "out/airfoil_self_noise.dat: has the SHA-256 "),
        ("endless", "is larger than the published file"),
        ("gone", "cannot be downloaded (curl: status 22)"),
      ])
    func wrong(behaviour: String, words: String) throws {
      try serve(Self.name, Self.table, behaviour) { server, out in
        let ending = try server.fetch("airfoil")
        #expect(ending.status == 1)
        let lines = ending.errorLines.filter { $0.hasPrefix("fetch-data: ") }
        #expect(lines.count == 1 && lines.first?.contains(words) == true, "\(ending.errors)")
        #expect(contents(of: out) == [])
      }
    }

    @Test("an archive is unpacked to the folder that the data set is read from")
    func unpacks() throws {
      try serve("cifar-10-binary.tar.gz", try archive("good"), "good") { server, out in
        let ending = try server.fetch("cifar10")
        #expect(ending.status == 0, "\(ending.errors)")
        let names = (1...5).map { "/data_batch_\($0).bin" } + ["/test_batch.bin"]
        #expect(contents(of: out) == ([""] + names).map { "cifar-10-batches-bin" + $0 })
        #expect(try server.fetch("cifar10").output == "out/cifar-10-batches-bin: there already\n")
      }
    }

    @Test(
      "an archive with what it should not have is not unpacked",
      arguments: [
        ("parent", "is not below cifar-10-batches-bin: cifar-10-batches-bin/../../escaped"),
        ("absolute", "is not below cifar-10-batches-bin: /tmp/escaped"), ("link", "is no file: l"),
        ("hard-link", "is no file: h"), ("device", "is no file: c"),
        ("incomplete", "lacks files of CIFAR-10"),
      ])
    func malicious(kind: String, words: String) throws {
      try serve("cifar-10-binary.tar.gz", try archive(kind), "good") { server, out in
        let ending = try server.fetch("cifar10")
        #expect(ending.status == 1)
        let lines = ending.errorLines.filter { $0.hasPrefix("fetch-data: ") }
        #expect(lines.count == 1 && lines.first?.contains(words) == true, "\(ending.errors)")
        #expect(contents(of: out) == [])
        #expect(!contents(of: out.deletingLastPathComponent()).contains { $0.contains("escaped") })
      }
    }

    @Test(
      "an unknown set and a missing directory are mistakes", arguments: [["imagenet", "out"], ["mnist"], []])
    func mistakes(arguments: [String]) throws {
      let script = SmallRun.repository.appending(path: "launch/fetch-data").path
      let ending = try RunningProgram([script] + arguments, in: nil, environment: Program.environment).wait()
      #expect(ending.status == 2 && ending.errorLines.count == 1, "\(ending.errors)")
    }
  }
}

/// What `launch/fetch-data` and the server of its tests need.
private enum FetchTools {
  /// Whether all of them start.
  static let areInstalled = ["curl", "python3"].allSatisfy { tool in
    let program = try? RunningProgram([tool, "--version"], in: nil, environment: Program.environment)
    return (try? program?.wait().status) == 0
  }
}
