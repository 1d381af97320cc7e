/// A key of a section.
package protocol ConfigurationKey: Hashable, Sendable, RawRepresentable where RawValue == String {}

/// One of a fixed set of words: a key of a section, or a value of a key.
package protocol ConfigurationWord: ConfigurationKey, CaseIterable {}

extension ConfigurationWord {
  /// All words, as the user writes them.
  package static var words: [String] { allCases.map(\.rawValue) }

  /// All words, as an error message expects them.
  package static var expectation: String { Configurations.expectation(of: words) }

  /// What to write instead of `word`: the nearest word, or all of them if none is near.
  package static func suggestion(for word: String) -> String {
    Configurations.suggestion(for: word, among: words)
  }
}

/// What to write instead of `word`: the nearest of some words, or all of them if none is near.
package func suggestion(for word: String, among words: [String]) -> String {
  if let nearest = nearestWord(to: word, among: words) { return "did you mean \"\(nearest)\"?" }
  return "expected \(expectation(of: words))"
}

/// Some words, as an error message expects them.
package func expectation(of words: [String]) -> String {
  (words.count == 1 ? "" : "one of ") + words.joined(separator: ", ")
}

/// The word that `word` is most likely a misspelling of: at most one mistake in three letters; nil if there is none.
package func nearestWord(to word: String, among candidates: [String]) -> String? {
  candidates
    .map { (word: $0, distance: editDistance(Array(word.lowercased()), Array($0))) }
    .filter { $0.distance <= max(1, min(word.count, $0.word.count) / 3) }
    .min { $0.distance < $1.distance }?
    .word
}

/// How many letters must be inserted, deleted, replaced or swapped with their neighbour to make `a` into `b`.
///
/// Damerau 1964, "A technique for computer detection and correction of spelling errors"; no letter is touched
/// twice.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  // distances[i][j]: between the first i letters of a and the first j of b.
  var distances = (0...a.count).map { i in (0...b.count).map { j in i == 0 ? j : i } }
  for i in a.indices {
    for j in b.indices {
      var least = distances[i][j] + (a[i] == b[j] ? 0 : 1)
      least = min(least, distances[i][j + 1] + 1, distances[i + 1][j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, distances[i - 1][j - 1] + 1) }
      distances[i + 1][j + 1] = least
    }
  }
  return distances[a.count][b.count]
}
