import Execution

extension RankRecord {
  /// What the rank is at.
  var activity: RecordedActivity { RecordedActivity(word: self[.activity]) }

  /// A collective of the rank in words, such as `bucket 7 of step 1204`.
  func words(_ collective: RecordedCollective) -> String {
    name(collective.name) + collective.activity.belonging
  }

  /// A collective by its number in words.
  func words(collective number: Int) -> String {
    collective(number).map(words) ?? "collective \(number + 1)"
  }

  /// Where the rank is, in words after "it is" or "has died".
  ///
  /// - Parameter known: what the reader knows already, which is not said again.
  func place(known: RecordedActivity? = nil) -> String {
    if let number = waitsFor { return "waiting in \(words(collective: number))" }
    let belonging = activity == known ? "" : activity.belonging
    let (part, operation) = ProgressRecord.decode(self[.position])
    switch part {
    case .nothing: return activity.place
    case .samples: return "in the reading of samples" + belonging
    case .forward: return "in \(name(operation)) forward" + belonging
    case .statistics: return "in \(name(operation)) statistics" + belonging
    case .backward: return "in \(name(operation)) backward" + belonging
    }
  }

  /// The name of an operation or a collective.
  func name(_ number: Int) -> String {
    let names = names
    return names.indices.contains(number) ? names[number] : "something without a name"
  }
}
