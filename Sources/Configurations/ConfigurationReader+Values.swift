extension ConfigurationReader {
  /// A truth value.
  package func boolean(_ key: Key) throws(ConfigurationError) -> Bool? {
    guard let node = node(key) else { return nil }
    switch node.plainText {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: throw error(key, expected: "true or false")
    }
  }

  /// An integer in `range`.
  package func integer(
    _ key: Key, in range: ClosedRange<Int> = 1...Int.largestCount
  ) throws(ConfigurationError) -> Int? {
    guard let node = node(key) else { return nil }
    guard let value = node.plainText.flatMap({ Int($0) }), range.contains(value) else {
      throw error(key, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// An integer of at least 1, or a word that stands for no limit, which reads as nil.
  package func integer(_ key: Key, or word: String, default usual: Int?) throws(ConfigurationError) -> Int? {
    guard let node = node(key) else { return usual }
    if case .scalar(word, _) = node.content { return nil }
    guard let value = node.plainText.flatMap({ Int($0) }), (1...Int.largestCount).contains(value) else {
      throw error(key, expected: "an integer from 1 to \(Int.largestCount), or \(word)")
    }
    return value
  }

  /// A list of increasing integers in `range`.
  package func increasingIntegers(_ key: Key, in range: ClosedRange<Int>) throws(ConfigurationError) -> [Int]?
  {
    guard let node = node(key) else { return nil }
    guard case .list(let elements) = node.content, !elements.isEmpty else {
      throw error(key, expected: "a list of integers")
    }
    var values: [Int] = []
    for (index, element) in elements.enumerated() {
      guard let value = element.plainText.flatMap({ Int($0) }), range.contains(value) else {
        throw error(
          key, element: index, element,
          expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
      }
      if let last = values.last, value <= last {
        throw error(key, element: index, element, expected: "more than \(last), which stands before it")
      }
      values.append(value)
    }
    return values
  }

  /// A number that the training can hold in single precision, and that `requirement` admits.
  package func number(_ key: Key, _ requirement: NumberRequirement) throws(ConfigurationError) -> Double? {
    try number(key, requirement, in: .single)
  }

  /// A number that must not be left out.
  package func requiredNumber(_ key: Key, _ requirement: NumberRequirement) throws(ConfigurationError)
    -> Double
  {
    if let number = try number(key, requirement) { return number }
    throw error(key, "missing; expected \(requirement)")
  }

  /// A text in quotes or without.
  package func text(_ key: Key) throws(ConfigurationError) -> String? {
    guard let node = node(key) else { return nil }
    guard case .scalar(let text, _) = node.content, !text.isEmpty else {
      throw error(key, expected: "a text")
    }
    return text
  }

  /// One of the words that are the raw values of an enumeration.
  package func word<Word: RawRepresentable & CaseIterable & Equatable>(
    _ key: Key
  ) throws(ConfigurationError) -> Word? where Word.RawValue == String {
    guard let node = node(key) else { return nil }
    let words = Word.allCases.map(\.rawValue)
    guard case .scalar(let text, _) = node.content else {
      throw error(key, expected: expectation(of: words))
    }
    guard words.contains(text), let word = Word(rawValue: text) else {
      throw error(key, "found \(node.summary); \(suggestion(for: text, among: words))")
    }
    return word
  }

  /// One of the words that are the raw values of an enumeration, which must not be left out.
  package func requiredWord<Word: RawRepresentable & CaseIterable & Equatable>(
    _ key: Key
  ) throws(ConfigurationError) -> Word where Word.RawValue == String {
    if let word: Word = try word(key) { return word }
    throw error(key, "missing; expected \(expectation(of: Word.allCases.map(\.rawValue)))")
  }

  /// The number that a plain scalar spells, in decimal, with or without fraction and exponent; this includes
  /// `1e-4`, which YAML 1.1 takes for a text.
  package static func number(of text: String) -> Double? {
    let digits = text.drop { "+-.".contains($0) }.lowercased()
    if ["inf", "infinity", "nan"].contains(digits) { return .nan }
    // Swift would also read hexadecimal.
    return text.allSatisfy { "0123456789+-.eE".contains($0) } ? Double(text) : nil
  }
}

extension Int {
  /// The largest number of anything: the product of two such fits into 64 bits.
  package static var largestCount: Int { Int(Int32.max) }
}
