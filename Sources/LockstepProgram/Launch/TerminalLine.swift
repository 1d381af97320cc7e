import DataParallel
import Foundation
import Mistakes
import Reports

/// The line of a terminal at which rank 0 shows how far it has come: what else is printed there begins by emptying it.
struct TerminalLine {
  /// Whether rank 0 shows such a line; set once it was told of the terminal.
  let isShown: Bool

  init(environment: [String: String]) {
    isShown = environment[Terminal.variable] != nil
  }

  /// Makes standard error, if it is seen on the same terminal, begin at an empty line.
  func beginErrors() {
    guard isShown, isatty(STDERR_FILENO) == 1 else { return }
    try? StandardStream.errors.write(Terminal.emptyLine, terminator: "")
  }

  /// Leaves an empty line behind, after the ranks have ended.
  func finish() {
    guard isShown else { return }
    try? StandardStream.output.write(Terminal.emptyLine, terminator: "")
  }
}
