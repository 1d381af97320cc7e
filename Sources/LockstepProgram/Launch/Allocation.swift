import Foundation

/// What a batch system has set aside for this job, from the environment that it gives its jobs.
package struct Allocation: Equatable {
  /// The batch system's name.
  package var system: String
  /// The ranks that it is meant for; nil where the system does not tell.
  package var tasks: Int?
  /// A host file for mpirun, where mpirun may not know of the system; nil where it asks by itself.
  package var hostFile: String?

  /// Finds the allocation that an environment tells of; nil outside of batch jobs.
  package init?(environment: [String: String]) {
    func number(_ names: String...) -> Int? {
      names.lazy.compactMap { environment[$0].flatMap(Int.init) }.first { $0 > 0 }
    }
    if environment["SLURM_JOB_ID"] ?? environment["SLURM_JOBID"] != nil {
      self.init(system: "Slurm", tasks: number("SLURM_NTASKS", "SLURM_NPROCS"))
    } else if let file = environment["PBS_NODEFILE"] {
      self.init(system: "PBS", tasks: number("PBS_NP") ?? Self.lines(file), hostFile: file)
    } else if let file = environment["LSB_DJOB_HOSTFILE"] {
      self.init(system: "LSF", tasks: number("LSB_DJOB_NUMPROC") ?? Self.lines(file), hostFile: file)
    } else if environment["PE_HOSTFILE"] != nil {
      self.init(system: "Grid Engine", tasks: number("NSLOTS"))
    } else {
      return nil
    }
  }

  private init(system: String, tasks: Int?, hostFile: String? = nil) {
    (self.system, self.tasks, self.hostFile) = (system, tasks, hostFile)
  }

  /// How many lines a list of hosts has, one for each rank.
  private static func lines(_ path: String) -> Int? {
    FileManager.default.contents(atPath: path).map {
      $0.split(separator: UInt8(ascii: "\n")).count
    }.flatMap { $0 > 0 ? $0 : nil }
  }
}
