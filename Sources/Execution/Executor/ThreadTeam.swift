import Mistakes
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A fixed team of threads that run the same work side by side, each with its number.
///
/// Between two pieces of work a thread waits awake for a moment, then sleeps.
package final class ThreadTeam: @unchecked Sendable {
  // The work is written by the caller before `generation` grows and read by the others after they saw it grow;
  // the caller goes on only when `running` is zero again. Everything else is atomic or under the mutex.

  /// The number of threads, the caller among them.
  package let count: Int
  private var work: (Int) -> Void = { _ in }
  private let generation = Atomic<Int>(0)
  private let running = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var threads: [SystemThread] = []

  /// How often a thread looks for work before it sleeps: some tens of microseconds.
  private static let spinCount = 4_000

  /// Starts the threads, all but the caller's.
  package init(count: Int) {
    require(count >= 1, "given \(count) threads but at least 1 needed")
    self.count = count
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    threads = (1..<count).map { number in SystemThread { self.serve(number) } }
  }

  /// Ends the threads; the team's owner calls it, since the threads keep the team alive.
  package func stop() {
    guard !threads.isEmpty else { return }
    stopping.store(true, ordering: .releasing)
    announce()
    for thread in threads { thread.join() }
    threads = []
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    condition.deallocate()
  }

  /// Runs `body` once on each thread, with the thread's number, and returns when all are done.
  ///
  /// What `body` writes for different numbers must not overlap.
  package func run(_ body: (Int) -> Void) {
    guard count > 1 else { return body(0) }
    withoutActuallyEscaping(body) { body in
      work = body
      running.store(count - 1, ordering: .relaxed)
      announce()
      body(0)
      var spins = 0
      while running.load(ordering: .acquiring) > 0 {
        spins += 1
        if spins > Self.spinCount { sched_yield() }
      }
      work = { _ in }
    }
  }

  private func announce() {
    pthread_mutex_lock(mutex)
    generation.add(1, ordering: .releasing)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  private func serve(_ number: Int) {
    Engine.useOneThread()
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen, spins < Self.spinCount { spins += 1 }
      if generation.load(ordering: .acquiring) == seen {
        pthread_mutex_lock(mutex)
        while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
      }
      seen += 1
      if stopping.load(ordering: .acquiring) { return }
      work(number)
      running.subtract(1, ordering: .acquiringAndReleasing)
    }
  }
}
