/// An error that tells the user of a mistake in what they gave the program, rather than of a failure of the program.
///
/// Its description is one line that names the file, key or option, the value, and what would be right. A program that
/// meets one ends with status 2 on all ranks, and one of them prints the line.
public protocol UserError: Error, CustomStringConvertible {}

/// A mistake of the user that needs no type of its own: what was given and what would be right, in one line.
public struct UserMistake: UserError {
  /// The line.
  public let description: String

  /// Makes the mistake that `description` tells in one line.
  public init(_ description: String) {
    self.description = description
  }
}
