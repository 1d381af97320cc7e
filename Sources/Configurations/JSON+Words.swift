package import Records

extension JSON {
  /// A word of a fixed set.
  package static func word(_ word: some ConfigurationWord) -> JSON { .text(word.rawValue) }

  /// A section with sorted keys; members without a value are left out.
  package static func section<Key: ConfigurationWord>(_ members: [Key: JSON?]) -> JSON {
    .object(
      members.compactMap { key, value in value.map { (key.rawValue, $0) } }.sorted { $0.key < $1.key })
  }
}
