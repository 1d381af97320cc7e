/// All ranks have stopped because somebody asked for it, and have left a checkpoint; ``withRanks(_:)`` ends them with status 3.
///
/// Every rank must throw it.
public struct StoppedOnRequest: Error {
  /// Makes the error.
  public init() {}
}
