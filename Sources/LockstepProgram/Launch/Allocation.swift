import Foundation

/// What a batch system has set aside for this job, from the environment that it gives its jobs.
package struct Allocation: Equatable {
  /// The batch system's name.
  package var system: String
  /// The ranks that it is meant for; nil where the system does not tell.
  package var tasks: Int?
  /// A host file for mpirun, where mpirun may not know of the system; nil where it asks by itself.
  package var hostFile: String?

  /// Whether this machine is one of its hosts, where mpirun puts the first ranks: it is in a batch script, and may not be in
  /// an interactive job.
  package var beginsHere: Bool

  /// Finds the allocation that an environment tells of; nil outside of batch jobs.
  package init?(environment: [String: String]) {
    func number(_ names: String...) -> Int? {
      names.lazy.compactMap { environment[$0].flatMap(Int.init) }.first { $0 > 0 }
    }
    if environment["SLURM_JOB_ID"] ?? environment["SLURM_JOBID"] != nil {
      self.init(
        system: "Slurm", tasks: number("SLURM_NTASKS", "SLURM_NPROCS"),
        beginsHere: environment["SLURMD_NODENAME"] != nil)
    } else if let file = environment["PBS_NODEFILE"] {
      self.init(
        system: "PBS", tasks: number("PBS_NP") ?? Self.lines(file)?.count,
        hostFile: file, beginsHere: Self.lines(file)?.contains(where: HostFile.isThisMachine) == true)
    } else if let file = environment["LSB_DJOB_HOSTFILE"] {
      self.init(
        system: "LSF", tasks: number("LSB_DJOB_NUMPROC") ?? Self.lines(file)?.count,
        hostFile: file, beginsHere: Self.lines(file)?.contains(where: HostFile.isThisMachine) == true)
    } else if environment["PE_HOSTFILE"] != nil {
      self.init(system: "Grid Engine", tasks: number("NSLOTS"), beginsHere: true)
    } else {
      return nil
    }
  }

  private init(system: String, tasks: Int?, hostFile: String? = nil, beginsHere: Bool) {
    (self.system, self.tasks, self.hostFile) = (system, tasks, hostFile)
    self.beginsHere = beginsHere
  }

  /// The lines of a list of hosts, one for each rank; nil if there are none.
  private static func lines(_ path: String) -> [String]? {
    FileManager.default.contents(atPath: path).flatMap {
      let lines = String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init)
      return lines.isEmpty ? nil : lines
    }
  }
}
