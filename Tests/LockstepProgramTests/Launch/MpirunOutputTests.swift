import LockstepProgram
import Testing

@Suite struct MpirunOutputTests {
  private func parts(_ text: String) -> [MpirunOutput.Part] {
    var output = MpirunOutput(program: "lockstep")
    return output.read(Array(text.utf8)) + output.flush()
  }

  private func rank(_ text: String) -> MpirunOutput.Part { .rank(Array(text.utf8)) }

  @Test(
    "each of mpirun's complaints is one",
    arguments: [
      (MpirunSamples.killed, MpirunComplaint.killed(rank: 1, host: "vm", signal: 9)),
      (MpirunSamples.segmentationFault, .killed(rank: 1, host: "vm", signal: 11)),
      (MpirunSamples.ended, .ended(rank: 1, status: 5)),
      (MpirunSamples.aborted, .aborted(rank: 1, status: 1)),
      (MpirunSamples.slots, .slots(asked: 4)),
      (MpirunSamples.missingHostFile, .hostFile(path: "none")),
      (MpirunSamples.hostFileSlots, .hostFile(path: "bad2")),
      (MpirunSamples.noHosts, .noHosts),
      (MpirunSamples.executable, .executable(path: "./nothing", host: "vm")),
      (MpirunSamples.execution, .execution(path: "./notbin", host: "vm", reason: "Exec format error")),
      (MpirunSamples.workingDirectory, .workingDirectory(path: "/nonexistent", host: "vm")),
      (MpirunSamples.remoteShellMissing, .remoteShellMissing(name: "nosuchssh")),
      (MpirunSamples.lostHost, .lostHost("node2")),
    ])
  func complaint(sample: String, complaint: MpirunComplaint) {
    #expect(parts(sample) == [.complaint(complaint)])
  }

  @Test("what ssh says is kept beside the complaint that follows")
  func hosts() {
    #expect(
      parts(MpirunSamples.unknownHost) == [
        .complaint(
          .remoteShell("cluster-rsh: Could not resolve hostname node9: Name or service not known")),
        .complaint(.daemonsNotStarted),
      ])
    #expect(
      parts(MpirunSamples.noDaemon) == [
        .complaint(.remoteShell("bash: line 1: orted: command not found")), .complaint(.daemonsNotStarted),
      ])
    let refused = "ssh: connect to host node2 port 22: Connection refused"
    #expect(parts(refused + "\r\n") == [.complaint(.remoteShell(refused))])
    #expect(
      parts(MpirunSamples.hostFileParse) == [.complaint(.hostFile(path: "bad")), .complaint(.noHosts)])
  }

  @Test("what follows from a death is no complaint of its own")
  func killedAtStart() {
    let complaints = parts(MpirunSamples.killedAtStart)
    #expect(complaints.count == 2)
    #expect(complaints.last == .complaint(.killed(rank: 0, host: "vm", signal: 9)))
    #expect(parts(MpirunSamples.forwarding) == [])
  }

  @Test("the ranks' bytes pass unchanged, before, within and after blocks")
  func ranks() {
    let before = "lockstep: warning: é\n", after = "last words"
    let lines = MpirunSamples.lostHost.split(separator: "\n", omittingEmptySubsequences: false)
    let within =
      (lines.prefix(3) + ["lockstep: rank 0: waits"] + lines.dropFirst(3)).joined(separator: "\n")
    #expect(
      parts(before + within + after) == [
        rank(before + "lockstep: rank 0: waits\n"), .complaint(.lostHost("node2")), rank(after),
      ])
    let table = "-----\nloss\n-----\n"
    #expect(parts(table) == [rank(table)])
  }

  @Test("it does not matter how the stream is cut")
  func pieces() {
    let text = "one\n" + MpirunSamples.slots + "two\n" + MpirunSamples.killed
    let whole = parts(text)
    for size in [1, 2, 7, 75] {
      var output = MpirunOutput(program: "lockstep")
      let bytes = Array(text.utf8)
      var complaints: [MpirunOutput.Part] = []
      var words: [UInt8] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        for part in output.read(bytes[start..<min(start + size, bytes.count)]) {
          if case .rank(let bytes) = part { words += bytes } else { complaints.append(part) }
        }
      }
      #expect(complaints == whole.filter { if case .complaint = $0 { true } else { false } })
      #expect(words == Array("one\ntwo\n".utf8))
      #expect(!output.isWaiting)
    }
  }

  @Test("the beginning of a line, and a block without an end, pass when nothing follows")
  func flush() {
    var output = MpirunOutput(program: "lockstep")
    #expect(output.read(Array("step 1".utf8)) == [])
    #expect(output.isWaiting)
    #expect(output.flush() == [rank("step 1")])
    #expect(output.read(Array(" of 2\nnext\n".utf8)) == [rank(" of 2\nnext\n")])
    let rule = String(repeating: "-", count: 74) + "\n"
    #expect(output.read(Array((rule + "table\n").utf8)) == [])
    #expect(output.flush() == [rank(rule + "table\n")])
    let long = rule + String(repeating: "row\n", count: 200)
    #expect(output.read(Array(long.utf8)) == [rank(long)])
  }

  @Test("an unknown block becomes one line of its own words")
  func unknown() {
    let rule = String(repeating: "-", count: 74)
    let block = "\(rule)\nA new complaint\nof two lines:\n\n  value: 3\n\(rule)\n"
    #expect(parts(block) == [.complaint(.other("A new complaint of two lines: value: 3"))])
    #expect(
      MpirunComplaint.other("A new complaint").message(ComplaintContext(ranks: 2))
        == "mpirun: A new complaint")
  }
}
