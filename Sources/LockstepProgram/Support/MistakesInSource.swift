import Mistakes

/// Does something whose mistakes tell only a key of the configuration, and names the file that the key belongs to.
///
/// - Parameter source: the configuration's file, or the checkpoint that holds it.
/// - Throws: `UserMistake` with the file before it; other errors, which name their places themselves, as they are.
func mistakes<Result>(in source: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let mistake as UserMistake {
    throw UserMistake("\(source): \(mistake)")
  }
}
