import Execution
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread that lets sums go on while others compute.
///
/// It is awake while there are sums under way and for a moment after, then sleeps.
final class CommunicationThread: @unchecked Sendable {
  // What `work` touches is touched under the mutex only. `sleeping` and `stopping` are atomic or under it.

  /// What the work found.
  enum Found {
    /// Sums went on.
    case moving
    /// All sums under way wait for other ranks.
    case waiting
    /// No sum is under way.
    case idle
  }

  /// How often the thread looks for work before it sleeps.
  private static let spinCount = 2_000

  private let work: () throws -> Found
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let isAsleep = Atomic<Bool>(false)
  private var isStopping = false
  private var failure: (any Error)?
  private var thread: SystemThread?

  /// Starts the thread, which calls `work` again and again, never at the same time as ``exclusively(_:)`` runs.
  init(_ work: @escaping () throws -> Found) {
    self.work = work
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    thread = SystemThread { [unowned self] in serve() }
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    condition.deallocate()
  }

  /// Ends the thread; to be called before the last reference goes.
  func stop() {
    guard let thread else { return }
    pthread_mutex_lock(mutex)
    isStopping = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
    thread.join()
    self.thread = nil
  }

  /// Says that there is work.
  func wake() {
    guard isAsleep.load(ordering: .acquiring) else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Runs `body` while the thread does nothing; throws what its work has met, too.
  func exclusively(_ body: () throws -> Void) throws {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if let failure { throw failure }
    try body()
  }

  private func serve() {
    var idleCount = 0
    while true {
      pthread_mutex_lock(mutex)
      if isStopping {
        pthread_mutex_unlock(mutex)
        return
      }
      var found = Found.idle
      do {
        if failure == nil { found = try work() }
      } catch {
        failure = error
      }
      idleCount = found == .idle ? idleCount + 1 : 0
      if idleCount > Self.spinCount {
        // Work that was started before this has been seen; who starts some later sees the flag.
        isAsleep.store(true, ordering: .releasing)
        pthread_cond_wait(condition, mutex)
        isAsleep.store(false, ordering: .releasing)
        idleCount = 0
      }
      pthread_mutex_unlock(mutex)
      if found != .moving { sched_yield() }
    }
  }
}
