import Execution

/// What a rank is at, as one word.
struct RecordedActivity: Hashable {
  /// The kind of an activity; the order is that of the words' codes.
  enum Kind: UInt8 {
    case outside, starting, computing, updating, reporting, evaluating, checkpointing
  }

  /// The kind.
  var kind: Kind
  /// The step, from 1; 0 for none.
  var step: Int

  /// The activity that a word tells of.
  init(word: UInt64) {
    kind = Kind(rawValue: UInt8(truncatingIfNeeded: word)) ?? .outside
    step = Int(truncatingIfNeeded: word >> 8)
  }

  /// The activity as a record keeps it.
  init(_ activity: RankActivity) {
    (kind, step) =
      switch activity {
      case .outside: (.outside, 0)
      case .starting: (.starting, 0)
      case .computing(let step): (.computing, step)
      case .updating(let step): (.updating, step)
      case .reporting(let step): (.reporting, step)
      case .evaluating(let step): (.evaluating, step)
      case .checkpointing(let step): (.checkpointing, step)
      }
  }

  /// The activity as one word.
  var word: UInt64 { UInt64(step) << 8 | UInt64(kind.rawValue) }

  /// To what something belongs that is done meanwhile, such as ` of step 17`.
  var belonging: String {
    switch kind {
    case .outside: ""
    case .starting: " at the start"
    case .computing, .updating: " of step \(step)"
    case .reporting: " after step \(step)"
    case .evaluating: " of the evaluation after step \(step)"
    case .checkpointing: " of the checkpoint after step \(step)"
    }
  }

  /// Where a rank is that does this, and no operation is known, in words after "it is".
  var place: String {
    switch kind {
    case .outside: "in the program's own code, such as reading data"
    case .starting: "in the preparation"
    case .computing: "between two operations of step \(step)"
    case .updating: "in the update of step \(step)"
    case .reporting: "in the log after step \(step)"
    case .evaluating: "in the evaluation after step \(step)"
    case .checkpointing: "in the checkpoint after step \(step)"
    }
  }
}
