/// In which tensor the replicas of the ranks first differ, and which ranks do.
package struct ReplicaDifference: Equatable {
  /// The first tensor, in the order of the graph, that is not the same on all ranks.
  package let tensor: String
  /// The ranks that differ from the majority; all, where more than half of the ranks do not agree.
  package let ranks: [Int]
  /// Whether the other ranks agree.
  package let othersAgree: Bool

  /// How many ranks a message names.
  private static let mostNamed = 8

  /// Compares the hashes of all ranks, [rank][tensor]; nil if they are the same.
  ///
  /// - Parameter names: the names of the tensors.
  package init?(hashes: [[UInt64]], names: [String]) {
    let differing = names.indices.first { tensor in Set(hashes.map { $0[tensor] }).count > 1 }
    guard let differing else { return nil }
    let column = hashes.map { $0[differing] }
    let counts = Dictionary(column.map { ($0, 1) }, uniquingKeysWith: +)
    let majority = counts.first { 2 * $0.value > column.count }?.key
    tensor = names[differing]
    othersAgree = majority != nil
    ranks = column.indices.filter { column[$0] != majority }
  }

  /// The difference in words, such as `3.weight on rank 1 (node2) differs from every other rank`.
  ///
  /// - Parameter hosts: the host of each rank.
  package func description(hosts: [String]) -> String {
    var names = ranks.prefix(Self.mostNamed).map { "\($0) (\(hosts[$0]))" }
    if ranks.count > Self.mostNamed { names.append("\(ranks.count - Self.mostNamed) more") }
    guard names.count > 1 else { return "\(tensor) on rank \(names[0]) differs from every other rank" }
    let list = "ranks " + names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1])"
    return othersAgree
      ? "\(tensor) on \(list) differs from the other ranks" : "\(tensor) differs among \(list)"
  }
}
