import COpenMPI
import Mistakes

/// An operation that was started and not yet finished.
///
/// ```swift
/// let request = try world.startAllReduce(gradients, .sum)
/// computeSomethingElse()
/// try request.wait()
/// ```
///
/// Every request must be finished by ``wait()``, by a ``test()`` that returns true, or by ``cancel()``. One that is
/// dropped before that ends the program with a message, since the library would go on writing to memory that may
/// be gone. The memory that was given to the operation must stay where it is, untouched, until then.
///
/// Open MPI makes no progress on its own: a long operation advances only while some MPI function is called, for
/// which ``test()`` is enough.
public struct Request: ~Copyable {
  /// Nil once the operation is finished.
  private var handle: MPI_Request?
  /// What a finished receive found.
  private var status: Status?

  private let kind: Kind
  private let function: String
  /// The library may still need the communicator and the counts, which it does not own, to finish.
  private let communicator: Communicator
  private let layout: BlockLayout?

  /// What was started.
  enum Kind {
    case receive(Datatype)
    case other
  }

  /// Starts an operation: `start` gets the place where the library writes its handle, and returns the library's code.
  init(
    _ kind: Kind = .other, on communicator: Communicator, layout: BlockLayout? = nil, in function: String,
    start: (UnsafeMutablePointer<MPI_Request?>) -> Int32
  ) throws(MPIError) {
    var handle: MPI_Request?
    try check(start(&handle), in: function)
    self.handle = handle
    self.kind = kind
    self.function = function
    self.communicator = communicator
    self.layout = layout
  }

  deinit {
    require(
      handle == nil,
      "a request of \(function) was dropped before it was finished: call wait() on it")
  }

  /// Waits until the operation is finished.
  ///
  /// - Returns: for a receive, who sent the message, with what tag, and how many elements; otherwise nil.
  /// - Throws: ``MPIError`` if the operation failed; a receive, with class ``MPIError/Class/truncate``, if the
  ///   message is longer than the buffer. The request is finished then, too.
  ///
  /// The corresponding MPI function is `MPI_Wait`.
  @discardableResult
  public consuming func wait() throws(MPIError) -> Status? {
    guard handle != nil else { return status }
    var raw = MPI_Status()
    let code = MPI_Wait(&handle, &raw)
    handle = nil
    try check(code, in: "MPI_Wait", of: function)
    return try messageStatus(raw)
  }

  /// Asks, without waiting, whether the operation is finished, and lets it advance.
  ///
  /// - Returns: whether it is finished. Then ``wait()`` returns at once, and the request may also be dropped.
  /// - Throws: ``MPIError`` if the operation failed. The request is finished then, too.
  ///
  /// The corresponding MPI function is `MPI_Test`.
  public mutating func test() throws(MPIError) -> Bool {
    guard handle != nil else { return true }
    var raw = MPI_Status()
    var isFinished: Int32 = 0
    let code = MPI_Test(&handle, &isFinished, &raw)
    if code != MPI_SUCCESS || isFinished != 0 { handle = nil }
    try check(code, in: "MPI_Test", of: function)
    guard isFinished != 0 else { return false }
    status = try messageStatus(raw)
    return true
  }

  /// Gives up a receive.
  ///
  /// Only a request of ``Communicator/startReceive(into:from:tag:)`` can be cancelled.
  ///
  /// - Returns: whether it was given up. If false, the message had come before, and is in the buffer.
  ///
  /// The corresponding MPI functions are `MPI_Cancel`, `MPI_Wait` and `MPI_Test_cancelled`.
  @discardableResult
  public consuming func cancel() throws(MPIError) -> Bool {
    guard case .receive = kind else { unreachable("a request of \(function) cannot be cancelled") }
    guard handle != nil else { return false }
    var raw = MPI_Status()
    let code = MPI_Cancel(&handle)
    let waitCode = MPI_Wait(&handle, &raw)
    handle = nil
    try check(code, in: "MPI_Cancel", of: function)
    try check(waitCode, in: "MPI_Wait", of: function)
    var isCancelled: Int32 = 0
    try check(MPI_Test_cancelled(&raw, &isCancelled), in: "MPI_Test_cancelled")
    return isCancelled != 0
  }

  private borrowing func messageStatus(_ raw: MPI_Status) throws(MPIError) -> Status? {
    guard case .receive(let datatype) = kind else { return nil }
    return try Status(raw, of: datatype)
  }
}
