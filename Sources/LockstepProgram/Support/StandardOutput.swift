import Execution
import Foundation

extension Ranks {
  /// Prints a line on standard output, on the coordinator.
  func printOnce(_ line: String) {
    guard isCoordinator else { return }
    // One piece, handed on at once: pipes and mpirun would hold it back otherwise.
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}

/// A number with its noun, in the plural where it is due: "1 rank", "2 ranks".
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  count == 1 ? "1 \(singular)" : "\(count) \(plural ?? singular + "s")"
}
