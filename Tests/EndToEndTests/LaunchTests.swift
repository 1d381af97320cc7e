import Foundation
import Testing

extension EndToEndTests {
  /// What the launcher says of ranks that die and of what mpirun cannot do, with the real mpirun.
  @Suite struct LaunchTests {
    private let host = ProcessInfo.processInfo.hostName.prefix { $0 != "." }

    /// Launches ranks that are not alike, to their end.
    private func ending(
      _ deed: String, _ options: [String] = [], ranks: Int = 3, seconds: Double = 20
    ) throws -> RunningProgram.Ending {
      try withTemporaryDirectory { directory in
        let fake = try FakeRanks(in: directory)
        let ending = try fake.launch(options, ranks: ranks, deed).wait(seconds: seconds)
        #expect(fake.areGone(), "\(fake.processes)")
        return ending
      }
    }

    @Test("a killed rank is told with rank, host and signal, and all ranks are gone within seconds")
    func killed() throws {
      let ending = try ending("killed", seconds: 12)
      #expect(ending.status == 1)
      let lines = ending.errorLines
      #expect(lines.count == 1, "\(ending.errors)")
      // mpirun does not always say which one; of ranks of Lockstep the others know.
      let named = ["lockstep: rank 1 on \(host)", "lockstep: a rank"]
      #expect(named.contains { lines.first?.hasPrefix($0) == true })
      #expect(lines.first?.contains("killed by signal 9 (SIGKILL): out of memory") == true)
    }

    @Test("a rank's own reason passes, and is all that is said")
    func speaking() throws {
      let ending = try ending("speaking")
      #expect(ending.status == 1)
      #expect(ending.errors == "fake: rank 1: has a reason\n")
    }

    @Test("a rank that ends with a status and no word is told")
    func silent() throws {
      let ending = try ending("silent")
      #expect(ending.status == 1)
      #expect(ending.errorLines.count == 1, "\(ending.errors)")
      // mpirun does not always say which one.
      let message = /lockstep: (rank 1|a rank)[^\n]* ended with status 5, without a word\n/
      #expect(ending.errors.wholeMatch(of: message) != nil, "\(ending.errors)")
    }

    @Test("a run that is done is told by nothing")
    func done() throws {
      let ending = try ending("done")
      #expect(ending.status == 0 && ending.errors == "" && ending.output == "")
    }

    @Test("too few slots, a missing host file, a missing program: one line each, and status 2")
    func mistakes() throws {
      try withTemporaryDirectory { directory in
        let hosts = directory.appending(path: "hosts").path
        try Data("localhost slots=2\n".utf8).write(to: URL(filePath: hosts))
        let tries: [(options: [String], tells: [String])] = [
          (["--hostfile", hosts], ["-n 3", hosts, "2 slots"]),
          (["--hostfile", hosts + "-none"], [hosts + "-none", "no such file"]),
          (["--program", hosts + "-program"], [hosts + "-program", "no such program"]),
          (["--program", hosts], [hosts, "may not be executed"]),
          (["--max-restarts", "1"], ["--max-restarts 1", "--output"]),
          (["--min-ranks", "4"], ["--min-ranks 4"]),
          (["--start-timeout", "0"], ["--start-timeout"]),
          (["--hostfil", "x"], ["--hostfil"]),
        ]
        for (options, tells) in tries {
          let ending = try Program.start(ranks: nil, ["launch", "-n", "3"] + options + ["train", "x"])
            .wait(seconds: 10)
          #expect(ending.status == 2, "\(options)")
          #expect(ending.errorLines.count == 1, "\(ending.errors)")
          for text in tells { #expect(ending.errors.contains(text), "\(ending.errors)") }
        }
      }
    }

    @Test("a start that takes too long is ended and told")
    func startTimeout() throws {
      let ending = try ending("unstarted", ["--start-timeout", "1"], seconds: 15)
      #expect(ending.status == 1)
      #expect(ending.errorLines.count == 1, "\(ending.errors)")
      #expect(ending.errors.contains("MPI has not started on all ranks within 1 second"))
    }

    @Test(
      "an mpirun that goes on waiting when no rank is left is ended and told",
      .enabled(if: processesAreListed, "needs /proc"))
    func stuck() throws {
      try withTemporaryDirectory { directory in
        let fake = try FakeRanks(in: directory)
        let program = try fake.launch([], "waiting")
        try #require(fake.areReady())
        Thread.sleep(forTimeInterval: 0.7)
        let processes = fake.processes
        // Stopped, mpirun hears of nothing, as when a rank dies while MPI starts.
        for process in processes where process.name == "mpirun" { kill(process.identifier, SIGSTOP) }
        for process in processes where process.name == "bash" { kill(process.identifier, SIGKILL) }
        let ending = try program.wait(seconds: 25)
        #expect(ending.status == 1)
        #expect(ending.errorLines.count == 1, "\(ending.errors)")
        #expect(ending.errors.contains("mpirun goes on waiting: ended"))
        #expect(ending.errors.contains("killed by signal 9 (SIGKILL)") || geteuid() != 0)
        #expect(fake.areGone())
      }
    }

    @Test("mpirun's own death is told, and no rank is left", .enabled(if: processesAreListed, "needs /proc"))
    func launcherIsKilled() throws {
      for name in ["mpirun", "lockstep"] {
        try withTemporaryDirectory { directory in
          let fake = try FakeRanks(in: directory)
          let program = try fake.launch([], "waiting")
          try #require(fake.areReady())
          Thread.sleep(forTimeInterval: 0.7)
          for process in fake.processes where process.name == name { kill(process.identifier, SIGKILL) }
          let ending = try program.wait(seconds: 15)
          if name == "mpirun" {
            #expect(ending.status == 1)
            #expect(
              ending.errors == "lockstep: mpirun was killed by signal 9 (SIGKILL); all ranks are ended\n")
            #expect(fake.areGone(), "\(fake.processes)")
          } else {
            #expect(fake.areGone(within: 10), "\(fake.processes)")
          }
        }
      }
    }

    @Test(
      "mpirun's own death ends the ranks here; of others nothing is claimed", .enabled(if: processesAreListed)
    )
    func launcherOfSeveralHostsIsKilled() throws {
      try withTemporaryDirectory { directory in
        let fake = try FakeRanks(in: directory)
        let hosts = directory.appending(path: "hosts").path
        try Data("localhost slots=3\n".utf8).write(to: URL(filePath: hosts))
        let program = try fake.launch(["--hostfile", hosts], "waiting")
        try #require(fake.areReady())
        Thread.sleep(forTimeInterval: 0.7)
        for process in fake.processes where process.name == "mpirun" { kill(process.identifier, SIGKILL) }
        let ending = try program.wait(seconds: 15)
        #expect(ending.status == 1)
        #expect(
          ending.errors
            == "lockstep: mpirun was killed by signal 9 (SIGKILL); all ranks on this machine are ended, those on others within some seconds by mpirun's daemons there\n"
        )
        #expect(fake.areGone(), "\(fake.processes)")
      }
    }

    @Test(
      "a user without a home, and whom no list of users has, can launch",
      .enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0, "needs root and setpriv"))
    func bareEnvironment() throws {
      try withTemporaryDirectory { directory in
        let fake = try FakeRanks(in: directory)
        let copy = directory.appending(path: "lockstep")
        try FileManager.default.copyItem(at: Program.binary, to: copy)
        for path in [directory.path, copy.path] {
          try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
        }
        let command = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "env", "-u", "HOME"]
        let ending = try RunningProgram(
          command + [copy.path, "launch", "-n", "2", "--program", fake.path, directory.path, "done"],
          in: directory, environment: Program.environment
        ).wait(seconds: 20)
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
      }
    }
  }
}
