import COpenMPI

/// Turns what an MPI function returned into an error: every call into the library that can fail goes through here.
///
/// `started` names the function that began what `function` was to finish.
func check(_ code: Int32, in function: String, of started: String? = nil) throws(MPIError) {
  guard code == MPI_SUCCESS else {
    throw MPIError(code: code, in: started.map { "\(function) of \($0)" } ?? function)
  }
}
