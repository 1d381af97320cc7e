extension ConfigurationReader {
  /// A finite number that `requirement` admits.
  package func double(_ key: Key, _ requirement: NumberRequirement) throws(ConfigurationError) -> Double? {
    try number(key, requirement, in: .double)
  }

  /// A number that `requirement` admits in a precision.
  func number(
    _ key: Key, _ requirement: NumberRequirement, in precision: NumberRequirement.Precision
  ) throws(ConfigurationError) -> Double? {
    guard let node = node(key) else { return nil }
    guard let value = node.plainText.flatMap(Self.number(of:)) else {
      throw error(key, expected: requirement.description)
    }
    if let expected = requirement.expected(insteadOf: value, in: precision) {
      throw error(key, expected: expected)
    }
    return value
  }

  /// A finite number that must not be left out.
  package func requiredDouble(_ key: Key, _ requirement: NumberRequirement) throws(ConfigurationError)
    -> Double
  {
    if let number = try double(key, requirement) { return number }
    throw error(key, "missing; expected \(requirement)")
  }

  /// A list of at least one finite number, each of which `requirement` admits in a precision.
  package func vector(
    _ key: Key, _ requirement: NumberRequirement = .any, in precision: NumberRequirement.Precision = .double
  ) throws(ConfigurationError) -> [Double]? {
    guard let node = node(key) else { return nil }
    guard case .list(let elements) = node.content, !elements.isEmpty else {
      throw error(key, expected: "a list of numbers")
    }
    return try numbers(elements, of: key, requirement, in: precision)
  }

  /// A list of at least one finite number, which must not be left out.
  package func requiredVector(_ key: Key) throws(ConfigurationError) -> [Double] {
    if let vector = try vector(key) { return vector }
    throw error(key, "missing; expected a list of numbers")
  }

  /// A matrix that must not be left out: a list of rows of equal lengths, ≥ 1.
  package func requiredMatrix(_ key: Key) throws(ConfigurationError) -> [[Double]] {
    let expected = "a list of rows, such as [[2, 0], [0, 4]]"
    guard let node = node(key) else { throw error(key, "missing; expected \(expected)") }
    guard case .list(let rows) = node.content, !rows.isEmpty else { throw error(key, expected: expected) }
    var matrix: [[Double]] = []
    for (index, row) in rows.enumerated() {
      guard case .list(let elements) = row.content, !elements.isEmpty else {
        throw error(key, element: index, row, expected: "a row of numbers, such as [2, 0]")
      }
      matrix.append(try numbers(elements, of: key, row: index))
      guard elements.count == matrix[0].count else {
        throw error(
          key, element: index, row,
          expected: "\(matrix[0].count) numbers as in the first row, not \(elements.count)")
      }
    }
    return matrix
  }

  /// The sections of a list of mappings; nil if it is left out.
  package func sections<Child: ConfigurationWord>(_ key: Key) throws(ConfigurationError)
    -> [ConfigurationReader<Child>]?
  {
    guard let node = node(key) else { return nil }
    guard case .list(let elements) = node.content, !elements.isEmpty else {
      throw error(key, expected: "a list of mappings, such as [{name: ball, radius: 1}]")
    }
    var readers: [ConfigurationReader<Child>] = []
    for (index, element) in elements.enumerated() {
      readers.append(
        try ConfigurationReader<Child>(element, path: elementName(of: key, index)))
    }
    return readers
  }

  /// A list of at least one text, each with its place.
  ///
  /// - Parameter expected: what an error message says is expected, with an example.
  package func texts(
    _ key: Key, expected: String
  ) throws(ConfigurationError) -> [(text: String, place: ConfigurationPlace)]? {
    guard let node = node(key) else { return nil }
    guard case .list(let elements) = node.content, !elements.isEmpty else {
      throw error(key, expected: expected)
    }
    var texts: [(text: String, place: ConfigurationPlace)] = []
    for (index, element) in elements.enumerated() {
      guard case .scalar(let text, _) = element.content, !text.isEmpty, !element.isNull else {
        throw error(key, element: index, element, expected: "a text")
      }
      texts.append((text, element.place))
    }
    return texts
  }

  private func numbers(
    _ elements: [ConfigurationNode], of key: Key, row: Int? = nil, _ requirement: NumberRequirement = .any,
    in precision: NumberRequirement.Precision = .double
  ) throws(ConfigurationError) -> [Double] {
    var values: [Double] = []
    for (index, element) in elements.enumerated() {
      let value = element.plainText.flatMap(Self.number(of:)) ?? .nan
      if let expected = requirement.expected(insteadOf: value, in: precision) {
        let list = row.map { elementName(of: key, $0) } ?? name(of: key.rawValue)
        throw ConfigurationError(
          element.place, key: "\(list)[\(index)]", "found \(element.summary), expected \(expected)")
      }
      values.append(value)
    }
    return values
  }
}

extension ConfigurationReader where Key: ConfigurationWord {
  /// Throws if a key is given that means nothing to what the section names.
  ///
  /// - Parameters:
  ///   - name: what the section names, such as a method.
  ///   - owners: the names that a key has a meaning for; nil if it has one for all.
  package func requireKeys<Name: ConfigurationWord>(
    of name: Name, nameKey: Key, _ owners: (Key) -> [Name]?
  ) throws(ConfigurationError) {
    for key in Key.allCases where node(key) != nil {
      guard let owners = owners(key), !owners.contains(name) else { continue }
      throw error(
        key,
        "belongs to \(owners.map(\.rawValue).joined(separator: ", ")), but \(self.name(of: nameKey.rawValue)) "
          + "is \(name.rawValue)")
    }
  }
}
