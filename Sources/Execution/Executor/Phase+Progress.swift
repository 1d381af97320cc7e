extension Phase {
  /// The phase as those see it who watch the rank.
  var part: ProgressRecord.Part {
    switch self {
    case .statistics: .statistics
    case .forward: .forward
    case .backwardStatistics, .backwardData, .backwardWeights: .backward
    }
  }
}
