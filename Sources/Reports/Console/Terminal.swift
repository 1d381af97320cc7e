import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether somebody looks at standard output on a terminal, and how wide that is.
///
/// A rank cannot see it by itself: mpirun gives it a terminal of its own whatever mpirun's output is. So whoever starts
/// mpirun looks, and tells the ranks by a variable.
package enum Terminal {
  /// The variable by which a launcher tells the columns of its terminal; it is not set where there is none.
  package static let variable = "LOCKSTEP_TERMINAL"

  /// The narrowest terminal that a changing line is shown on.
  private static let leastColumns = 20

  /// The columns of the terminal on which this process's standard output is seen; nil if it goes elsewhere.
  ///
  /// To be asked for before MPI starts, which sets the variables of a rank even in a process that mpirun has not started.
  package static let ofProcess = columns(environment: ProcessInfo.processInfo.environment)

  /// The columns of the terminal on which standard output is seen; nil if it goes elsewhere, or `NO_COLOR` asks for plain lines.
  ///
  /// - Parameters:
  ///   - environment: the process's variables.
  ///   - size: the columns of this process's own standard output; nil if that is no terminal.
  package static func columns(
    environment: [String: String], size: () -> Int? = Terminal.ownColumns
  ) -> Int? {
    guard environment["NO_COLOR", default: ""].isEmpty, environment["TERM"] != "dumb" else { return nil }
    var columns: Int?
    if let told = environment[variable] {
      columns = Int(told)
    } else if ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"].allSatisfy({ environment[$0] == nil }) {
      columns = size()
    }
    return columns.flatMap { $0 >= leastColumns ? $0 : nil }
  }

  /// The columns of this process's standard output; nil if it is no terminal.
  ///
  /// One that does not tell its size has 80.
  package static func ownColumns() -> Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Goes back to the beginning of the line, which is empty then.
  package static let emptyLine = "\r\u{1B}[K"

  /// A line in pieces that fit a terminal: shorter words first, then more lines, broken at blanks.
  ///
  /// A word that is longer than a line, such as a path, stays in one piece.
  package static func lines(_ line: String, columns: Int) -> [String] {
    guard line.count > columns else { return [line] }
    let line = line.replacing("accuracy", with: "acc")
    guard line.count > columns else { return [line] }
    let indent = String(line.prefix { $0 == " " }) + "  "
    var lines: [String] = []
    var current = ""
    // Blanks belong to the word behind them, so that columns which are set apart stay so.
    for word in words(of: line) {
      if current.isEmpty || current.count + word.count <= columns {
        current += word
      } else {
        lines.append(current)
        current = indent + word.drop { $0 == " " }
      }
    }
    return lines + [current]
  }

  private static func words(of line: String) -> [Substring] {
    var words: [Substring] = []
    var rest = line[...]
    while !rest.isEmpty {
      let blanks = rest.prefix { $0 == " " }
      let word = rest[blanks.endIndex...].prefix { $0 != " " }
      words.append(rest[..<word.endIndex])
      rest = rest[word.endIndex...]
    }
    return words
  }
}
