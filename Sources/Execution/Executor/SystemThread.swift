import Mistakes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the operating system.
package struct SystemThread {
  private let thread: pthread_t

  /// Starts a thread that runs `body` once.
  package init(_ body: @escaping () -> Void) {
    let argument = Unmanaged.passRetained(Body(run: body)).toOpaque()
    #if canImport(Darwin)
      var created: pthread_t?
      let status = pthread_create(&created, nil, { Body.take($0) }, argument)
    #else
      var thread = pthread_t()
      let status = pthread_create(&thread, nil, { Body.take($0) }, argument)
      let created: pthread_t? = thread
    #endif
    guard status == 0, let created else { unreachable("cannot start a thread, error \(status)") }
    self.thread = created
  }

  /// Waits until the thread has ended.
  package func join() {
    pthread_join(thread, nil)
  }

  private final class Body {
    let run: () -> Void

    init(run: @escaping () -> Void) {
      self.run = run
    }

    /// Runs what a new thread was given.
    static func take(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }
  }
}
