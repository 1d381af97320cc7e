import Execution
import Mistakes

extension Ranks {
  /// Prints a line on standard output, on the coordinator.
  ///
  /// - Throws: `StandardStreamError`, which the other ranks know nothing of.
  func printOnce(_ line: String) throws {
    if isCoordinator { try StandardStream.output.write(line) }
  }
}

/// A number with its noun, in the plural where it is due: "1 rank", "2 ranks".
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  count == 1 ? "1 \(singular)" : "\(count) \(plural ?? singular + "s")"
}
