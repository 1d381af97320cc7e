/// How the ranks watch each other; what is nil stays as it is.
public struct WatchdogOptions: Hashable, Sendable {
  /// How long ranks wait for one that makes no progress before they end the run, in seconds; 0: for ever.
  public var timeoutSeconds: Double?

  /// Where the ranks write their flight records when a run fails; without it they write none.
  public var directory: String?

  /// The seconds that ranks wait if nobody says otherwise.
  public static let usualTimeoutSeconds = 300.0

  /// Creates options.
  public init(timeoutSeconds: Double? = nil, directory: String? = nil) {
    self.timeoutSeconds = timeoutSeconds
    self.directory = directory
  }
}
