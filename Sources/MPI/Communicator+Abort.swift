import COpenMPI

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Communicator {
  /// Prints "PROGRAM: rank R: `error`" on standard error, in one piece even if all ranks do so, and ends all ranks.
  ///
  /// A launcher knows by the program's name that the rank has given its reason.
  package func abort(reporting error: any Error, status: Int = 1) -> Never {
    let program = CommandLine.arguments.first?.split(separator: "/").last ?? "lockstep"
    var line = "\(program): rank \(rank): \(error)\n"
    line.withUTF8 { bytes in
      _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
    abort(status: status)
  }

  /// Ends all ranks of the program at once, with `status` as the exit status that `mpirun` reports.
  ///
  /// What this process has printed is flushed first. The standard promises the end of this communicator's ranks
  /// only; Open MPI ends the whole job.
  ///
  /// The corresponding MPI function is `MPI_Abort`.
  public func abort(status: Int = 1) -> Never {
    fflush(nil)
    MPI_Abort(handle, Int32(clamping: status))
    exit(Int32(clamping: status))
  }
}
