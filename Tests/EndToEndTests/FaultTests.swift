import Foundation
import Testing

extension EndToEndTests {
  /// Faults that a run meets on purpose: each fires, is told, ends the run as it should, and leaves what a resume needs.
  @Suite struct FaultTests {
    /// 24 steps in four epochs, a checkpoint after every fourth and after each epoch.
    private static let arguments =
      ["train"] + SmallRun.arguments + [
        "--set", "epochs=4", "--set", "checkpoint.every_steps=4", "--output", "run",
      ]

    /// The digest of the run without faults.
    private static let quietDigest = Result {
      try withTemporaryDirectory { directory in
        digest(try Program.run(ranks: nil, Self.arguments, in: directory))
      }
    }

    private static func digest(_ ending: RunningProgram.Ending) -> String {
      ending.output.split(separator: "\n").last { $0.hasPrefix("digest ") }.map(String.init) ?? "none"
    }

    private static let host = ProcessInfo.processInfo.hostName.prefix { $0 != "." }

    /// A run under the launcher, in a directory of its own.
    private struct Drill {
      let directory: URL
      var output: URL { directory.appending(path: "run") }
      var checkpoints: [String] {
        contents(of: output.appending(path: "checkpoints")).filter { $0.hasSuffix(".safetensors") }
      }

      func launch(
        ranks: Int, launcher: [String] = [], _ more: [String], seconds: Double = 30
      ) throws -> RunningProgram.Ending {
        try Program.start(
          ranks: nil, ["launch", "-n", "\(ranks)"] + launcher + FaultTests.arguments + more, in: directory
        ).wait(seconds: seconds)
      }

      /// Requires that the run goes on to the bits of the quiet one.
      func requireQuietEnd(ranks: Int, _ more: [String] = []) throws -> [String] {
        let ending = try launch(ranks: ranks, ["--resume", "auto"] + more)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(FaultTests.digest(ending) == (try FaultTests.quietDigest.get()))
        return ending.errorLines
      }
    }

    private func drill<Value>(_ body: (Drill) throws -> Value) throws -> Value {
      try withTemporaryDirectory { try body(Drill(directory: $0)) }
    }

    /// The lines of an ending beside the first, which must say that the fault has fired.
    private func lines(_ ending: RunningProgram.Ending, fired: String) -> [String] {
      let lines = ending.errorLines
      let prefix = "lockstep: warning: injected: "
      let injected = lines.filter { $0.hasPrefix(prefix) }
      #expect(injected.count == 1 && injected[0].dropFirst(prefix.count).hasPrefix(fired), "\(lines)")
      return lines.filter { !$0.hasPrefix(prefix) }
    }

    @Test(
      "a killed rank is told, and the run goes on to the same bits",
      arguments: [
        ("kill:rank=1,step=17", "in step 17", "step 17"),
        ("kill:rank=0,step=17", "in step 17", "step 17"),
        ("kill:rank=1,at=start", "at the start", "the preparation"),
        (
          "kill:rank=1,step=7,at=evaluation", "in the evaluation after step 12",
          "the evaluation after step 12"
        ),
        ("kill:rank=1,step=7,at=checkpoint", "in the checkpoint after step 8", "the checkpoint after step 8"),
        // What the coordinator writes then goes on meanwhile.
        ("kill:rank=0,step=7,at=checkpoint", "in the checkpoint after step 8", "step"),
      ])
    func kill(fault: String, place: String, told: String) throws {
      try drill { drill in
        let ending = try drill.launch(ranks: 2, ["--inject", fault])
        #expect(ending.status == 1)
        let rank = fault.contains("rank=1") ? 1 : 0
        let rest = lines(ending, fired: "kill of rank \(rank) (\(Self.host)) \(place)")
        #expect(rest.count == 2, "\(rest)")
        #expect(rest.first?.hasPrefix("lockstep: rank \(rank) (\(Self.host)) has died ") == true, "\(rest)")
        #expect(rest.first?.contains(told) == true, "\(rest)")
        #expect(rest.last?.contains("rank \(rank) on \(Self.host): killed by signal 9 (SIGKILL)") == true)
        // The same command line does not meet it again.
        #expect(try drill.requireQuietEnd(ranks: 3, ["--inject", fault]) == [])
      }
    }

    @Test(
      "a kill does not fire again in the restarts of its series, but in a new run", .timeLimit(.minutes(1)))
    func once() throws {
      try drill { drill in
        // Step 3 comes before the first checkpoint: the restart begins anew.
        let faults = ["--inject", "kill:rank=1,step=3", "--inject", "kill:step=9"]
        for overwrite in [[], ["--overwrite"]] {
          let ending = try drill.launch(
            ranks: 2, launcher: ["--max-restarts", "3"], faults + overwrite, seconds: 40)
          #expect(ending.status == 0, "\(ending.errors)")
          #expect(Self.digest(ending) == (try Self.quietDigest.get()))
          #expect(ending.errorLines.filter { $0.contains("injected: kill") }.count == 2, "\(ending.errors)")
          #expect(ending.errorLines.filter { $0.contains("restart ") }.count == 2, "\(ending.errors)")
        }
      }
    }

    @Test("a stopped rank is told after the watchdog's time")
    func stop() throws {
      try drill { drill in
        let began = ContinuousClock.now
        let ending = try drill.launch(
          ranks: 2, ["--inject", "stop:rank=1,step=17", "--set", "watchdog.timeout_seconds=2"], seconds: 20)
        #expect(ContinuousClock.now - began > .seconds(2))
        #expect(ending.status == 1)
        let rest = lines(ending, fired: "stop of rank 1 (\(Self.host)) in step 17")
        #expect(rest.count == 1, "\(rest)")
        #expect(rest.first?.hasPrefix("lockstep: rank 1 (\(Self.host)) has not entered ") == true, "\(rest)")
        #expect(rest.first?.contains("step 17") == true, "\(rest)")
        #expect(try drill.requireQuietEnd(ranks: 1) == [])
      }
    }

    @Test("a rank that waits leaves no trace", arguments: ["step", "evaluation", "checkpoint", "start"])
    func delay(moment: String) throws {
      try drill { drill in
        let fault = "delay:rank=1,step=17,milliseconds=700,at=\(moment)"
        let began = ContinuousClock.now
        let ending = try drill.launch(ranks: 2, ["--inject", fault])
        #expect(ContinuousClock.now - began > .milliseconds(700))
        #expect(ending.status == 0)
        #expect(lines(ending, fired: "delay by 700 ms of rank 1 (\(Self.host)) ") == [])
        #expect(Self.digest(ending) == (try Self.quietDigest.get()))
      }
    }

    @Test("a NaN ends the run with the first tensor and writes no checkpoint", arguments: [0, 1])
    func notANumber(rank: Int) throws {
      try drill { drill in
        let ending = try drill.launch(ranks: 2, ["--inject", "nan:rank=\(rank),step=17,tensor=4.weight"])
        #expect(ending.status == 1)
        let rest = lines(
          ending, fired: "NaN on rank \(rank) (\(Self.host)) in step 17: the first number of 4.weight")
        #expect(rest.count == 1, "\(rest)")
        let line = rest.first ?? ""
        #expect(line.hasPrefix("lockstep: step 17: the loss is nan; the first such number is in "), "\(line)")
        #expect(line.contains("of 4, microshard \(4 * rank) on rank \(rank) (\(Self.host))"), "\(line)")
        #expect(line.hasSuffix("the last good checkpoint is run/checkpoints/step-00000016.safetensors"))
        #expect(drill.checkpoints.last == "step-00000016.safetensors")
        #expect(try drill.requireQuietEnd(ranks: 2) == [])
      }
    }

    @Test("the last good checkpoint of a run that goes on is at first the one that it goes on with")
    func notANumberAfterResume() throws {
      try drill { drill in
        #expect(try drill.launch(ranks: 2, ["--inject", "kill:step=17"]).status == 1)
        let ending = try drill.launch(ranks: 2, ["--resume", "auto", "--inject", "nan:step=18"])
        #expect(ending.status == 1)
        let rest = lines(ending, fired: "NaN on rank 0 (\(Self.host)) in step 18")
        #expect(
          rest.count == 1 && rest[0].hasSuffix("checkpoint is run/checkpoints/step-00000016.safetensors"),
          "\(rest)")
      }
    }

    @Test("the replica check names rank and tensor of a flipped bit")
    func flippedParameter() throws {
      try drill { drill in
        let check = ["--set", "desync_check.every_steps=1"]
        let fault = ["--inject", "bitflip:tensor=5.bias,rank=1,step=17"]
        let ending = try drill.launch(ranks: 3, check + fault)
        #expect(ending.status == 1)
        let rest = lines(
          ending, fired: "flipped bit on rank 1 (\(Self.host)) in step 17: the first number of 5.bias")
        #expect(rest.count == 1, "\(rest)")
        #expect(rest.first?.contains("5.bias on rank 1 (\(Self.host)) differs from every other rank") == true)
        #expect(try drill.requireQuietEnd(ranks: 2) == [])
      }
    }

    @Test("verification names rank and tensor of a flipped bit of a gradient", arguments: [2, 3])
    func flippedGradient(ranks: Int) throws {
      try drill { drill in
        let ending = try drill.launch(
          ranks: ranks, ["--set", "verify.every_steps=1", "--inject", "bitflip:gradient,rank=1,step=13"])
        #expect(ending.status == 1)
        let rest = lines(ending, fired: "flipped bit on rank 1 (\(Self.host)) in step ")
        let injected = ending.errorLines.first { $0.contains("injected") } ?? ""
        let found = try #require(
          injected.firstMatch(of: /in (step \d+): (the gradient of .*)$/), "\(injected)")
        #expect(rest.count == 1, "\(rest)")
        #expect(
          rest.first?.hasPrefix("lockstep: \(found.1): \(found.2) as rank 1 (\(Self.host)) computed it")
            == true,
          "\(rest)")
        #expect(try drill.requireQuietEnd(ranks: 2) == [])
      }
    }

    @Test("without verification a flipped bit of a gradient is seen by nobody: the digest is another")
    func unseenGradient() throws {
      try drill { drill in
        let ending = try drill.launch(ranks: 2, ["--inject", "bitflip:gradient,rank=1,step=17"])
        #expect(ending.status == 0)
        #expect(
          lines(ending, fired: "flipped bit on rank 1 (\(Self.host)) in step 17: the gradient of ") == [])
        #expect(Self.digest(ending) != (try Self.quietDigest.get()))
      }
    }

    @Test("a damaged checkpoint is passed over with a warning")
    func flippedCheckpoint() throws {
      try drill { drill in
        let ending = try drill.launch(
          ranks: 2, ["--inject", "bitflip:checkpoint,step=14", "--inject", "kill:rank=1,step=18"])
        #expect(ending.status == 1)
        let injected = ending.errorLines.filter { $0.contains("injected") }
        #expect(injected.count == 2, "\(ending.errors)")
        // Two ranks say it, each when it comes to it.
        let flipped =
          "flipped bit on rank 0 (\(Self.host)) in the checkpoint after step 16: run/checkpoints/step-00000016"
        #expect(injected.contains { $0.contains(flipped) }, "\(injected)")
        let rest = try drill.requireQuietEnd(ranks: 3)
        #expect(rest.count == 1, "\(rest)")
        #expect(
          rest.first?.hasPrefix("lockstep: warning: run/checkpoints/step-00000016.safetensors: is damaged")
            == true)
      }
    }

    @Test("a full disk is told in one line, and earlier checkpoints stay whole")
    func fullDisk() throws {
      try drill { drill in
        let ending = try drill.launch(ranks: 2, ["--inject", "enospc:step=18"])
        #expect(ending.status == 1)
        let rest = lines(ending, fired: "full disk on rank 0 (\(Self.host)) in step 18")
        #expect(rest.count == 1, "\(rest)")
        #expect(
          rest.first?.hasSuffix("run/metrics.jsonl: cannot be written: No space left on device") == true,
          "\(rest)")
        for name in drill.checkpoints {
          let digest = try Program.run(
            ranks: nil, ["digest", "run/checkpoints/\(name)"], in: drill.directory)
          #expect(digest.status == 0, "\(digest.errors)")
        }
        #expect(drill.checkpoints.count >= 3)
        #expect(try drill.requireQuietEnd(ranks: 1) == [])
      }
    }

    @Test("a request to stop that comes while data are read is kept until the first step")
    func stopWhileReading() throws {
      try drill { drill in
        // Some seconds of drawing; no output directory is made before they are over.
        let data = ["--set", "data.train_samples=60000", "--set", "epochs=1"]
        let temporary = drill.directory.appending(path: "temporary")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        let program = try Program.start(
          ranks: nil, ["launch", "-n", "2"] + FaultTests.arguments + data, in: drill.directory,
          variables: ["TMPDIR": temporary.path])
        let deadline = ContinuousClock.now + .seconds(20)
        while !contents(of: temporary).contains(where: { $0.hasSuffix("/started") }) {
          try #require(ContinuousClock.now < deadline, "MPI does not start")
          Thread.sleep(forTimeInterval: 0.01)
        }
        Foundation.kill(program.processIdentifier, SIGTERM)
        Thread.sleep(forTimeInterval: 0.2)
        let isReading = !FileManager.default.fileExists(atPath: drill.output.path)
        let ending = try program.wait(seconds: 40)
        #expect(isReading, "the data were read too soon for this test")
        #expect(ending.status == 3, "\(ending.errors)")
        #expect(ending.output.contains("stopped on request"), "\(ending.output)")
        #expect(drill.checkpoints == ["step-00000001.safetensors"])
      }
    }

    @Test("a cut says that there is nothing to cut on one host")
    func cut() throws {
      try drill { drill in
        let ending = try drill.launch(ranks: 2, ["--inject", "cut:rank=1,step=17"])
        #expect(ending.status == 0)
        let fired = "cut connections of rank 1 (\(Self.host)) in step 17: it has none to other hosts"
        #expect(lines(ending, fired: fired) == [])
      }
    }

    @Test("what cannot happen is refused in one line, before anything is written")
    func mistakes() throws {
      let tries = [
        ("kil:step=1", "expected one of kill, stop, delay, nan, bitflip, enospc, cut"),
        ("kill:rank=2,step=1", "rank=2: expected 0 to 1"),
        ("nan:step=1,tensor=weight", "tensor=weight: the model has none of that name; it has 0.weight"),
      ]
      for (fault, told) in tries {
        try drill { drill in
          let ending = try drill.launch(ranks: 2, ["--inject", fault])
          #expect(ending.status == 2)
          #expect(ending.errorLines.count == 1, "\(ending.errors)")
          #expect(ending.errors.hasPrefix("lockstep: --inject \(fault): "), "\(ending.errors)")
          #expect(ending.errors.contains(told), "\(ending.errors)")
          #expect(contents(of: drill.directory) == [])
        }
      }
    }
  }
}
