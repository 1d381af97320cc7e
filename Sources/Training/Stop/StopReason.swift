/// Why a run ends before its last epoch is done.
public enum StopReason: String, Hashable, Sendable, CaseIterable {
  /// As many steps were taken as were asked for.
  case maxSteps = "max_steps"
  /// Epoch after epoch brought no better score.
  case patience
  /// The minutes that were given are used up.
  case maxMinutes = "max_minutes"
  /// Somebody sent SIGTERM, as batch systems do before a time limit.
  case terminate = "SIGTERM"
  /// Somebody sent SIGINT, as Ctrl-C does.
  case interrupt = "SIGINT"
  /// Somebody sent SIGUSR1.
  case userSignal = "SIGUSR1"
  /// The launcher of the ranks was told to end them.
  case launcher

  /// Whether something from outside asked for it, so that the run is not done.
  public var isRequest: Bool { self != .maxSteps && self != .patience }
}

/// What any rank may ask of all others in a step: they learn of it by the sums of the step that is computed.
struct StepRequests: OptionSet {
  let rawValue: UInt8

  static let terminate = StepRequests(rawValue: 1 << 0)
  static let interrupt = StepRequests(rawValue: 1 << 1)
  static let userSignal = StepRequests(rawValue: 1 << 2)
  static let launcher = StepRequests(rawValue: 1 << 3)
  static let maxMinutes = StepRequests(rawValue: 1 << 4)
  /// A checkpoint is due by the coordinator's clock.
  static let checkpoint = StepRequests(rawValue: 1 << 5)
  /// A parameter or running statistic of the rank was not finite after the step before.
  static let notFinite = StepRequests(rawValue: 1 << 6)

  private static let stops: [(StepRequests, StopReason)] = [
    (.interrupt, .interrupt), (.terminate, .terminate), (.userSignal, .userSignal), (.launcher, .launcher),
    (.maxMinutes, .maxMinutes),
  ]

  /// The request to stop for a reason.
  init(stop reason: StopReason) {
    self = Self.stops.first { $0.1 == reason }?.0 ?? []
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The reason to stop that somebody had; nil if nobody had.
  var stop: StopReason? { Self.stops.first { contains($0.0) }?.1 }
}
