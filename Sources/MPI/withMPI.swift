/// Runs a program on all ranks: starts MPI, calls `body` with the world, and ends MPI.
///
/// ```swift
/// try withMPI { world in
///   let sum = try world.allReduce(world.rank, .sum)
///   print("rank \(world.rank) of \(world.size): the ranks add up to \(sum)")
/// }
/// ```
///
/// A rank that left because of an error would leave the others waiting for it for ever. So an error that `body`
/// does not catch is printed on standard error as "rank 2: …", and then all ranks are ended with status 1; this
/// function does not return from that.
///
/// Every rank must call this, once in the life of a process.
///
/// - Parameters:
///   - threads: the thread level that `body` needs.
///   - body: what this rank does. It gets the communicator of all ranks.
/// - Returns: what `body` returns.
/// - Throws: ``MPIError`` if MPI does not start, provides a lower thread level than requested, or does not end.
///
/// The corresponding MPI functions are `MPI_Init_thread`, `MPI_Finalize` and `MPI_Abort`.
public func withMPI<Result>(
  threads: ThreadLevel = .funneled, _ body: (_ world: Communicator) throws -> Result
) throws(MPIError) -> Result {
  try MPIEnvironment.initialize(threads: threads)
  let world = try Communicator.world
  let result: Result
  do {
    result = try body(world)
  } catch {
    world.abort(reporting: error)
  }
  try MPIEnvironment.finalize()
  return result
}
