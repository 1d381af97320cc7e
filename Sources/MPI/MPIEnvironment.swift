import COpenMPI
import Mistakes

/// The process's MPI library: starting it, ending it, and what it says about itself.
///
/// Programs use ``withMPI(threads:_:)``. The two entry points here are for hosts that own their `main`, such as
/// a test runner. MPI can be started once in the life of a process.
public enum MPIEnvironment {
  /// Whether MPI was initialized; it stays true after finalization.
  ///
  /// The corresponding MPI function is `MPI_Initialized`.
  public static var isInitialized: Bool {
    var flag: Int32 = 0
    MPI_Initialized(&flag)
    return flag != 0
  }

  /// Whether MPI was finalized.
  ///
  /// The corresponding MPI function is `MPI_Finalized`.
  public static var isFinalized: Bool {
    var flag: Int32 = 0
    MPI_Finalized(&flag)
    return flag != 0
  }

  /// Starts MPI.
  ///
  /// Every rank must call this, once.
  ///
  /// From then on a failing call returns an error instead of ending the program: `MPI_ERRORS_RETURN` is
  /// installed on the world and on every communicator made from it.
  ///
  /// - Parameter threads: the thread level that the program needs.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/unsupportedOperation`` if the library provides less, in
  ///   which case MPI has been finalized again.
  ///
  /// The corresponding MPI function is `MPI_Init_thread`.
  public static func initialize(threads: ThreadLevel = .funneled) throws(MPIError) {
    require(!isInitialized, "MPI is initialized once in the life of a process, and already was")
    var provided: Int32 = 0
    try check(MPI_Init_thread(nil, nil, threads.constant, &provided), in: "MPI_Init_thread")
    for communicator in [MPI_COMM_WORLD, MPI_COMM_SELF] {
      try check(MPI_Comm_set_errhandler(communicator, MPI_ERRORS_RETURN), in: "MPI_Comm_set_errhandler")
    }
    do throws(MPIError) {
      try threads.checkProvided(ThreadLevel(constant: provided))
    } catch {
      try finalize()
      throw error
    }
  }

  /// Ends MPI.
  ///
  /// Every rank must call this, after its last other call and with no request pending.
  ///
  /// Communicators may be released later; they know that nothing is left to free.
  ///
  /// The corresponding MPI function is `MPI_Finalize`.
  public static func finalize() throws(MPIError) {
    requireRunning()
    try check(MPI_Finalize(), in: "MPI_Finalize")
  }

  /// The thread level that the library provides, at least the one requested.
  ///
  /// The corresponding MPI function is `MPI_Query_thread`.
  public static var threadLevel: ThreadLevel {
    get throws(MPIError) {
      requireRunning()
      var provided: Int32 = 0
      try check(MPI_Query_thread(&provided), in: "MPI_Query_thread")
      return ThreadLevel(constant: provided)
    }
  }

  /// The library's name and version in its own words, such as "Open MPI v4.1.4, …"; MPI need not be running.
  ///
  /// The corresponding MPI function is `MPI_Get_library_version`.
  public static var libraryVersion: String {
    get throws(MPIError) {
      try string(capacity: MPI_MAX_LIBRARY_VERSION_STRING) { text, length throws(MPIError) in
        try check(MPI_Get_library_version(text, length), in: "MPI_Get_library_version")
      }
    }
  }

  /// The name of the machine that this process runs on.
  ///
  /// The corresponding MPI function is `MPI_Get_processor_name`.
  public static var processorName: String {
    get throws(MPIError) {
      requireRunning()
      return try string(capacity: MPI_MAX_PROCESSOR_NAME) { text, length throws(MPIError) in
        try check(MPI_Get_processor_name(text, length), in: "MPI_Get_processor_name")
      }
    }
  }

  /// Traps outside of initialize…finalize, where Open MPI would end the process without saying who called.
  static func requireRunning(_ function: String = #function) {
    require(isInitialized, "\(function) was called before MPI was initialized")
    require(!isFinalized, "\(function) was called after MPI was finalized")
  }
}
