extension JSON {
  /// The members of nested objects under dotted keys, in their order; a list counts as one value.
  package var leaves: [(key: String, value: JSON)] {
    guard case .object(let members) = self else { return [] }
    return members.flatMap { key, value in
      guard case .object = value else { return [(key: key, value: value)] }
      return value.leaves.map { (key: "\(key).\($0.key)", value: $0.value) }
    }
  }
}
