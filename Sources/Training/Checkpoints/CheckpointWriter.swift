import Dispatch
import Foundation

/// Writes checkpoints on a thread of its own while training goes on, one at a time.
final class CheckpointWriter: @unchecked Sendable {
  // `result` is touched by the queue while `isBusy`, otherwise by the trainer's thread.

  private let directory: CheckpointDirectory
  private let queue = DispatchQueue(label: "lockstep.checkpoints")
  private let done = DispatchSemaphore(value: 0)
  private var keeping: CheckpointKeeping
  private let faults: FaultInjector?
  private var isBusy = false
  private var result: Result<TrainingEvent.CheckpointFile, any Error>?

  /// Prepares to write into a directory, from a step on.
  init(
    _ directory: CheckpointDirectory, _ policy: CheckpointPolicy, from step: Int, faults: FaultInjector? = nil
  ) {
    self.directory = directory
    self.faults = faults
    keeping = CheckpointKeeping(directory, policy, upTo: step)
  }

  /// Begins to write a checkpoint; the one before must have been taken note of by ``finish()``.
  ///
  /// - Parameters:
  ///   - event: the checkpoint's event, whose times are completed once it lies on the disk.
  ///   - make: makes the checkpoint, on the writer's thread.
  func begin(_ event: TrainingEvent.CheckpointFile, _ make: @escaping @Sendable () -> Checkpoint) {
    isBusy = true
    queue.async { [self] in
      let began = ContinuousClock.now
      result = Result {
        let checkpoint = make()
        var event = event
        event.path = try directory.write(checkpoint, step: event.step) {
          faults?.meet(.checkpoint, step: event.step)
        }
        faults?.meetCheckpoint(at: event.path, step: event.step)
        try keeping.keep(event.step, checkpoint.position())
        event.writingBegan = began
        event.writingSeconds = (ContinuousClock.now - began) / .seconds(1)
        return event
      }
      done.signal()
    }
  }

  /// What was written, if it lies on the disk by now; nil if nothing was begun, or it is still being written.
  ///
  /// - Throws: why it could not be written.
  func poll() throws -> TrainingEvent.CheckpointFile? {
    guard isBusy, done.wait(timeout: .now()) == .success else { return nil }
    return try take()
  }

  /// Waits for what is being written; nil if nothing is.
  ///
  /// - Throws: why it could not be written.
  func finish() throws -> TrainingEvent.CheckpointFile? {
    guard isBusy else { return nil }
    done.wait()
    return try take()
  }

  private func take() throws -> TrainingEvent.CheckpointFile? {
    isBusy = false
    defer { result = nil }
    return try result?.get()
  }
}
