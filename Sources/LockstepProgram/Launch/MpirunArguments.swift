import Reports

/// The command line by which mpirun starts the ranks.
package struct MpirunArguments {
  /// How many ranks; nil for as many as mpirun finds slots.
  package var ranks: Int?
  /// The host file.
  package var hostFile: HostFile?
  /// The batch system's allocation.
  package var allocation: Allocation?
  /// The cores that this process may use.
  package var cores: Int
  /// The environment, in which users name their own settings of Open MPI.
  package var environment: [String: String]

  /// Makes the arguments of a start.
  package init(
    ranks: Int?, hostFile: HostFile? = nil, allocation: Allocation? = nil, cores: Int,
    environment: [String: String]
  ) {
    (self.ranks, self.hostFile, self.allocation) = (ranks, hostFile, allocation)
    (self.cores, self.environment) = (cores, environment)
  }

  /// Whether all ranks run on this machine.
  package var isLocal: Bool { hostFile == nil && allocation == nil }

  /// mpirun and its options, to be followed by the program.
  ///
  /// - Parameter hostFilePath: where the host file lies that mpirun is to read.
  package func words(hostFilePath: String?) -> [String] {
    // Binding that depends on the number of ranks would make their times incomparable.
    var words = ["mpirun", "--bind-to", "none"]
    if let ranks { words += ["-n", "\(ranks)"] }
    if let path = hostFilePath ?? allocation?.hostFile { words += ["--hostfile", path] }
    // By itself mpirun counts as slots what it takes for cores. Several hosts have their slots, which it must keep to.
    if isLocal { words.append("--oversubscribe") }
    // Ranks here have this process's variables anyway.
    if !isLocal, environment[Terminal.variable] != nil { words += ["-x", Terminal.variable] }
    for (name, value) in settings where environment["OMPI_MCA_\(name)"] == nil {
      words += ["--mca", name, value]
    }
    return words
  }

  private var settings: [(String, String)] {
    // Ranks are warned by SIGCONT, and have so many seconds for a checkpoint before SIGTERM and SIGKILL.
    var settings = [("odls_base_sigkill_timeout", "3")]
    let ranksHere = isLocal ? ranks : hostFile?.hosts.compactMap(\.slots).max()
    // Ranks that share a core must not wait for each other awake.
    if let ranksHere, ranksHere > cores { settings.append(("mpi_yield_when_idle", "1")) }
    if !isLocal {
      // A host that does not answer for 5 + 3 × 2 seconds is lost; by default that takes 8 minutes.
      settings += [
        ("oob_tcp_keepalive_time", "5"), ("oob_tcp_keepalive_intvl", "2"), ("oob_tcp_keepalive_probes", "3"),
      ]
    }
    return settings
  }
}
