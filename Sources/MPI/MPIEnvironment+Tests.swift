import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// For test targets, which share one process and have no `main` of their own.
extension MPIEnvironment {
  /// Starts MPI once for the process, at the level ``ThreadLevel/serialized`` because the test runner chooses
  /// the threads, and ends it when the process exits.
  ///
  /// Every rank must call this, as often as it likes.
  package static func initializeForTests() throws(MPIError) {
    try initialization.get()
  }

  private static let initialization: Result<Void, MPIError> = {
    do throws(MPIError) {
      try initialize(threads: .serialized)
    } catch {
      return .failure(error)
    }
    atexit {
      do throws(MPIError) { try MPIEnvironment.finalize() } catch { _exit(EXIT_FAILURE) }
    }
    return .success(())
  }()

  /// Runs the body of one test with a communicator of all ranks that no other test uses.
  ///
  /// Every rank must call this.
  ///
  /// Bodies run one at a time in this process, whatever suites they are in. On several ranks they must also come
  /// in the same order, which the test runner keeps inside one serialized suite, or everywhere with
  /// `--no-parallel`. If the ranks are not all at the same call, or if `body` throws on several ranks, where the
  /// others would wait for this one for ever, all ranks are ended with a message.
  ///
  /// - Parameters:
  ///   - file: the caller's file, which the ranks compare.
  ///   - line: the caller's line, which the ranks compare.
  ///   - body: the test.
  package static func withTestWorld(
    file: String = #fileID, line: Int = #line, _ body: (_ world: Communicator) throws -> Void
  ) throws {
    try turn.withLock { _ in
      try initializeForTests()
      let world = try Communicator.world
      let place = "\(file):\(line)"
      let places = Set(try world.allGatherV(Array(place.utf8)).map { String(decoding: $0, as: UTF8.self) })
      guard places.count == 1 else {
        world.abort(reporting: OrderMismatch(place: place, places: places))
      }
      do {
        try body(world.duplicate())
      } catch  where world.size > 1 {
        world.abort(reporting: error)
      }
    }
  }

  private static let turn = Mutex(())

  private struct OrderMismatch: Error, CustomStringConvertible {
    let place: String
    let places: Set<String>

    var description: String {
      "this rank is at the test of \(place), but the ranks are at \(places.sorted().joined(separator: ", ")):"
        + " run one suite, or with --no-parallel"
    }
  }
}
