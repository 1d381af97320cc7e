import Foundation
import LockstepProgram
import Mistakes
import Testing

/// What a launch is made of: the host file, the batch system's allocation, the cores, the arguments.
@Suite struct LaunchInputTests {
  @Test("a host file names hosts with slots")
  func hostFile() throws {
    let file = try HostFile(
      text: "# ours\nnode1 slots=4 max_slots=4\n\nuser@node2 slots=2 # slow\n", path: "hosts")
    #expect(file.hosts.map(\.name) == ["node1", "node2"])
    #expect(file.slots == 6)
    #expect(file.without(["node2"]).text == "node1 slots=4 max_slots=4\n")
    #expect(try HostFile(text: "node1 slots=4\nnode2\n", path: "hosts").slots == nil)
    #expect(try HostFile(text: "node1\nnode1\nnode2\nnode2\n", path: "hosts").slots == 4)
    #expect(try HostFile(text: "localhost slots=1\n", path: "hosts").namesThisMachine)
    #expect(try !HostFile(text: "node-of-another-cluster\n", path: "hosts").namesThisMachine)
  }

  @Test(
    "a host file's mistakes are told with file, line and what would be right",
    arguments: [
      ("", "names no host"), ("a slots=2\nb slots=x\n", "hosts:2: slots=x"), ("a slots=0", "slots=0"),
    ])
  func hostFileMistake(text: String, tells: String) {
    #expect {
      try HostFile(text: text, path: "hosts")
    } throws: {
      "\($0)".contains(tells) && $0 is UserMistake
    }
  }

  @Test("a batch system's allocation is found in its variables")
  func allocation() throws {
    #expect(Allocation(environment: ["PATH": "/bin"]) == nil)
    let slurm = try #require(Allocation(environment: ["SLURM_JOB_ID": "1", "SLURM_NTASKS": "6"]))
    #expect(slurm.system == "Slurm" && slurm.tasks == 6 && slurm.hostFile == nil && !slurm.beginsHere)
    #expect(
      Allocation(environment: ["SLURM_JOB_ID": "1", "SLURMD_NODENAME": "node1"])?.beginsHere == true)
    try withTemporaryDirectory { directory in
      let path = directory + "/nodes"
      try Data("node1\nnode1\nnode2\n".utf8).write(to: URL(filePath: path))
      let pbs = try #require(Allocation(environment: ["PBS_NODEFILE": path]))
      #expect(pbs.system == "PBS" && pbs.tasks == 3 && pbs.hostFile == path)
      #expect(Allocation(environment: ["LSB_DJOB_HOSTFILE": path])?.tasks == 3)
    }
    #expect(Allocation(environment: ["PE_HOSTFILE": "x", "NSLOTS": "8"])?.tasks == 8)
  }

  @Test("mpirun shares the cores of one machine, and keeps to the slots of hosts and allocations")
  func words() throws {
    func words(
      _ ranks: Int?, hosts: HostFile? = nil, allocation: Allocation? = nil,
      _ environment: [String: String] = [:]
    ) -> String {
      MpirunArguments(
        ranks: ranks, hostFile: hosts, allocation: allocation, cores: 2, environment: environment
      ).words(hostFilePath: hosts?.path).joined(separator: " ")
    }
    let wait = "--mca odls_base_sigkill_timeout 3"
    #expect(words(2) == "mpirun --bind-to none -n 2 --oversubscribe \(wait)")
    #expect(words(3) == "mpirun --bind-to none -n 3 --oversubscribe \(wait) --mca mpi_yield_when_idle 1")
    #expect(!words(3, ["OMPI_MCA_mpi_yield_when_idle": "0"]).contains("yield"))
    let hosts = try HostFile(text: "a slots=2\nb slots=2\n", path: "hosts")
    #expect(
      words(4, hosts: hosts).hasPrefix("mpirun --bind-to none -n 4 --hostfile hosts \(wait) --mca oob_"))
    #expect(!words(4, hosts: hosts).contains("yield"))
    let slurm = Allocation(environment: ["SLURM_JOB_ID": "1"])
    #expect(words(nil, allocation: slurm).hasPrefix("mpirun --bind-to none \(wait)"))
    let pbs = Allocation(environment: ["PBS_NODEFILE": "/nodes"])
    #expect(words(4, allocation: pbs).contains("--hostfile /nodes"))
  }

  @Test("a restart goes on, and overwrites nothing")
  func resumed() {
    var options = LaunchOptions(
      program: "lockstep",
      command: ["train", "c.yaml", "--overwrite", "--resume", "never", "--output", "run", "--resume=auto"])
    #expect(options.resumedCommand == ["train", "c.yaml", "--output", "run", "--resume", "auto"])
    #expect(options.output == "run")
    options.command = ["train", "c.yaml", "--output=other"]
    #expect(options.output == "other")
    #expect(options.startsMPI && !LaunchOptions(program: "lockstep", command: ["summary", "x"]).startsMPI)
  }
}
