/// Counts the allocations of this process between two calls.
///
/// The program itself has none: who wants to count must take the place of the C library's `malloc`, as the executable
/// `lockstep-allocations` does.
public struct AllocationCounter: Sendable {
  /// Begins to count.
  public var begin: @Sendable () -> Void
  /// Ends, and returns the number of allocations since the beginning; nil where they cannot be counted.
  public var end: @Sendable () -> Int?

  /// Makes a counter of two functions, which are called on the thread that computes.
  public init(begin: @escaping @Sendable () -> Void, end: @escaping @Sendable () -> Int?) {
    self.begin = begin
    self.end = end
  }
}

extension AllocationCounter {
  /// What the running program counts allocations with.
  @TaskLocal static var current: AllocationCounter?
}
