import Foundation
import LockstepProgram
import Testing

@Suite struct ComplaintMessageTests {
  private let context = ComplaintContext(ranks: 4)

  @Test("a killed rank is told with rank, host, signal and what may have been the reason")
  func killed() {
    func message(_ signal: Int32, _ context: ComplaintContext) -> String? {
      MpirunComplaint.killed(rank: 1, host: HostFile.hostName, signal: signal).message(context)
    }
    let who = "rank 1 on \(HostFile.hostName): "
    #expect(message(9, context) == who + "killed by signal 9 (SIGKILL): out of memory?")
    #expect(message(11, context)?.hasPrefix(who + "killed by signal 11 (SIGSEGV): ") == true)
    #expect(message(4, context)?.contains("(SIGILL): ") == true)
    #expect(message(6, context)?.contains("(SIGABRT): ") == true)
    #expect(message(SIGBUS, context)?.contains("(SIGBUS): ") == true)
    #expect(message(40, context) == who + "killed by signal 40")
    var known = context
    known.ranOutOfMemory = true
    known.rankHasSpoken = true
    #expect(message(9, known) == who + "killed by signal 9 (SIGKILL): out of memory")
    #expect(
      MpirunComplaint.killed(rank: 1, host: "elsewhere", signal: 9).message(known)
        == "rank 1 on elsewhere: killed by signal 9 (SIGKILL): out of memory?")
    var asked = context
    asked.request = SIGTERM
    #expect(message(SIGUSR1, asked) == who + "ended by SIGTERM, with nothing saved")
  }

  @Test("a rank's own end is told only where the rank has not said why")
  func spoken() {
    var spoken = context
    spoken.rankHasSpoken = true
    for complaint in [MpirunComplaint.ended(rank: 2, status: 5), .aborted(rank: 2, status: 5)] {
      #expect(complaint.message(spoken) == nil)
      #expect(complaint.message(context)?.hasPrefix("rank 2 on \(HostFile.hostName): ended") == true)
      #expect(complaint.message(context)?.contains("status 5") == true)
    }
  }

  @Test("too few slots are told with the ranks and the slots that there are")
  func slots() throws {
    var known = context
    known.hostFile = try HostFile(text: "node1 slots=2\nnode2 slots=1\n", path: "hosts")
    let message = try #require(MpirunComplaint.slots(asked: 4).message(known))
    #expect(message.hasPrefix("-n 4: ") && message.contains("hosts has 3 slots on 2 hosts"))
    var job = context
    job.allocation = Allocation(environment: ["SLURM_JOB_ID": "7", "SLURM_NTASKS": "2"])
    #expect(
      MpirunComplaint.slots(asked: 4).message(job)?.contains("allocation of Slurm is for 2 tasks") == true)
  }

  @Test("hosts that are not reached are told by name, where they are found")
  func hosts() {
    var known = context
    known.unreachedHosts = { ["node2: cannot be reached: No route to host"] }
    #expect(MpirunComplaint.daemonsNotStarted.message(known) == "node2: cannot be reached: No route to host")
    #expect(MpirunComplaint.daemonsNotStarted.message(context)?.contains("orted") == true)
    #expect(MpirunComplaint.lostHost("node2").message(context)?.hasPrefix("node2: ") == true)
  }

  @Test("a program that is missing on one host is told with the host")
  func executable() {
    let path = CommandLine.arguments[0]
    #expect(
      MpirunComplaint.executable(path: path, host: "node2").message(context)
        == "\(path): is missing on node2, or may not be executed there; all hosts need the program at the same path"
    )
    #expect(
      MpirunComplaint.executable(path: "/none", host: HostFile.hostName).message(context)
        == "/none: no such program on \(HostFile.hostName)")
  }
}
