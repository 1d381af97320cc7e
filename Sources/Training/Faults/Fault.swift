/// A fault that a run meets on purpose, for drills and tests of what survives it.
package struct Fault: Hashable, Sendable {
  /// What happens.
  package enum Kind: Hashable, Sendable {
    /// The rank is killed by SIGKILL, as by the out-of-memory killer.
    case kill
    /// The rank is stopped by SIGSTOP, as one that hangs.
    case stop
    /// The rank waits.
    case delay(milliseconds: Int)
    /// The first number of a parameter becomes NaN; nil for the first parameter.
    case notANumber(tensor: String?)
    /// A bit of a parameter's first number flips.
    case flippedParameter(tensor: String)
    /// A bit of a gradient flips that this rank has computed; where steps are verified, of a microshard that is.
    case flippedGradient
    /// A bit of a checkpoint's model file flips once it lies on the disk.
    case flippedCheckpoint
    /// The disk is full for the rank from here on.
    case fullDisk
    /// The rank's connections to other hosts are closed.
    case cutConnections
  }

  /// Where in a run it happens.
  package enum Moment: String, Hashable, Sendable, CaseIterable {
    /// Before the first step.
    case start
    /// Before a step computes.
    case step
    /// Before the test data are evaluated.
    case evaluation
    /// While a checkpoint is being written.
    case checkpoint
  }

  /// What the fault is called by who asks for it, one line; a run remembers by it what has fired.
  package var text: String
  /// What happens.
  package var kind: Kind
  /// The rank that meets it.
  package var rank: Int
  /// Where in the run.
  package var moment: Moment
  /// The step that is about to be taken, from 1; of an evaluation or a checkpoint the fewest steps taken before it.
  package var step: Int

  /// Describes a fault.
  package init(_ text: String, _ kind: Kind, rank: Int = 0, moment: Moment = .step, step: Int) {
    (self.text, self.kind, self.rank, self.moment, self.step) = (text, kind, rank, moment, step)
  }

  /// The tensor that it hurts; nil where none is named.
  package var tensor: String? {
    switch kind {
    case .notANumber(let tensor): tensor
    case .flippedParameter(let tensor): tensor
    default: nil
    }
  }

  /// What a rank has met and where, such as `kill of rank 1 (node2) in step 17`.
  func description(host: String, step: Int) -> String {
    let name =
      switch kind {
      case .kill: "kill of"
      case .stop: "stop of"
      case .delay(let milliseconds): "delay by \(milliseconds) ms of"
      case .notANumber: "NaN on"
      case .flippedParameter, .flippedGradient, .flippedCheckpoint: "flipped bit on"
      case .fullDisk: "full disk on"
      case .cutConnections: "cut connections of"
      }
    let place =
      switch moment {
      case .start: "at the start"
      case .step: "in step \(step)"
      case .evaluation: "in the evaluation after step \(step)"
      case .checkpoint: "in the checkpoint after step \(step)"
      }
    return "\(name) rank \(rank) (\(host)) \(place)"
  }
}
