import COpenMPI

/// Turns what an MPI function returned into an error: every call into the library that can fail goes through here.
///
/// `started` names the function that began what `function` was to finish.
func check(_ code: Int32, in function: String, of started: String? = nil) throws(MPIError) {
  guard code == MPI_SUCCESS else {
    throw MPIError(code: code, in: started.map { "\(function) of \($0)" } ?? function)
  }
}

/// Traps with a message if the caller made a mistake; unlike `precondition`, optimized builds keep the message.
func require(
  _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
  guard condition else { fatalError(message(), file: file, line: line) }
}
