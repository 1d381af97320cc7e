import Configurations
import Datasets
import Records

/// Values of several forms: a number or a list, a word or a mapping.
extension SectionOptions {
  /// A number, or a list of at least one; it must not be left out.
  ///
  /// - Parameter synonym: another spelling of the key; it is recorded under `key`.
  /// - Throws: `ConfigurationError` if the value is none or is missing, or if both spellings are there.
  func requiredNumbers(
    _ key: String, synonym: String? = nil, _ requirement: NumberRequirement = .any
  ) throws(ConfigurationError) -> [Double] {
    let written = synonym.flatMap { isGiven($0) ? $0 : nil } ?? key
    guard case .list? = reader.node(OptionKey(rawValue: written))?.content, !(isGiven(key) && written != key)
    else { return [try requiredNumber(key, synonym: synonym, requirement)] }
    asked += [key] + (synonym.map { [$0] } ?? [])
    let numbers = try reader.vector(OptionKey(rawValue: written), requirement, in: .single) ?? []
    return record(key, numbers) { JSON.list($0.map(JSON.number)) }
  }

  /// A height and a width: one integer for both, or a list of the two; nil if the key is left out.
  ///
  /// - Throws: `ConfigurationError` if the value is none of them.
  func pixelSize(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> PixelSize? {
    guard case .list(let elements)? = reader.node(OptionKey(rawValue: key))?.content else {
      return try integer(key, in: range).map { PixelSize(height: $0, width: $0) }
    }
    asked.append(key)
    let sides = elements.compactMap { $0.plainText.flatMap { Int($0) } }.filter(range.contains)
    guard elements.count == 2, sides.count == 2 else {
      throw reader.error(
        OptionKey(rawValue: key),
        expected:
          "an integer from \(range.lowerBound) to \(range.upperBound), or a list of height and width, such as [96, 128]"
      )
    }
    // A square is one number, however it was written.
    members[key] = sides[0] == sides[1] ? .integer(sides[0]) : .list(sides.map(JSON.integer))
    return PixelSize(height: sides[0], width: sides[1])
  }

  /// What stands at a key if it is one word; nil if it is left out, a list or a mapping.
  func writtenWord(_ key: String) -> String? { reader.node(OptionKey(rawValue: key))?.plainText }

  /// Whether a mapping stands at a key.
  func isMapping(_ key: String) -> Bool {
    if case .mapping? = reader.node(OptionKey(rawValue: key))?.content { true } else { false }
  }

  /// Says what a key that was looked at stands for.
  func record(_ key: String, _ json: JSON) {
    asked.append(key)
    members[key] = json
  }
}
