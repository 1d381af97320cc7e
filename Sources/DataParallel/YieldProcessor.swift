#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lets another thread run that waits for this processor.
func yieldProcessor() {
  sched_yield()
}
