/// A number and what it counts: "1 class", "10 classes".
func counted(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
  number == 1 ? "1 \(singular)" : "\(number) \(plural ?? singular + "s")"
}

/// The lengths of some dimensions: "1×28×28".
func sizes(_ dimensions: [Int]) -> String {
  dimensions.map(String.init).joined(separator: "×")
}
