import Foundation
import Synchronization

/// Calls `body` with every number below `count`, on as many threads as this process may run on.
///
/// - Throws: what `body` throws for the smallest number for which it does, however the threads went.
func forEach<Failure: Error>(
  below count: Int, _ body: @Sendable (Int) throws(Failure) -> Void
) throws(Failure) {
  let first = Mutex<(index: Int, error: Failure)?>(nil)
  // Calls that are dealt out one by one would cost more than some of them take.
  let stride = max(1, min(64, count / 256))
  DispatchQueue.concurrentPerform(iterations: (count + stride - 1) / stride) { block in
    for index in block * stride..<min((block + 1) * stride, count) {
      // What comes behind a failure is never told.
      guard first.withLock({ $0.map { index < $0.index } ?? true }) else { return }
      do throws(Failure) {
        try body(index)
      } catch {
        first.withLock { if $0.map({ index < $0.index }) ?? true { $0 = (index, error) } }
      }
    }
  }
  if let error = first.withLock({ $0?.error }) { throw error }
}
