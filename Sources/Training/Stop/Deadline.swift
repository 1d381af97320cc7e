/// A time by which a run is to have stopped.
final class Deadline {
  private let end: ContinuousClock.Instant
  /// The longest step so far, in seconds.
  private var longestStep = 0.0

  /// So many minutes from now.
  init(minutes: Double) {
    end = ContinuousClock.now + .seconds(60 * minutes)
  }

  /// Takes note of how long a step took.
  func note(_ seconds: Double) { longestStep = max(longestStep, seconds) }

  /// The request to stop, if the deadline would be missed otherwise: after the step that carries the request there must be time
  /// for a checkpoint, which is taken to need as much as a step.
  var requests: StepRequests {
    ContinuousClock.now + .seconds(2 * longestStep) >= end ? .maxMinutes : []
  }
}
