import Foundation
import Mistakes
import Synchronization

/// Where a command tells its user what goes on: lines, and on a terminal one more line at the end, which changes.
///
/// Only a terminal gets escape codes. What takes long shows itself: on a terminal with the seconds that it takes, elsewhere
/// as a line of its own after some seconds.
public final class Console: Sendable {
  /// How much is shown.
  public enum Style: Hashable, Sendable {
    /// Nothing but what goes to standard error.
    case quiet
    /// Lines.
    case plain
    /// Lines of at most so many columns, and the one that changes.
    case terminal(columns: Int)
  }

  /// Where a line goes.
  public enum Stream: Sendable {
    case output, errors
  }

  /// What is shown, guarded by the lock.
  private struct State {
    /// What the changing line says, by columns.
    var live: (@Sendable (Int) -> String)?
    /// What takes a while, since when, and whether a plain line has told it.
    var work: (text: String, began: ContinuousClock.Instant, isTold: Bool)?
    /// Whether the terminal's last line is the changing one.
    var isShown = false
    var lastDrawn: ContinuousClock.Instant?
    var hasTicker = false
    var isOver = false
  }

  /// What is shown, and where.
  public let style: Style
  private let state = Mutex(State())
  private let write: @Sendable (Stream, String) throws -> Void

  /// The time from one drawing to the next: nobody reads faster, and mpirun's process has to pass each on.
  private static let interval = Duration.milliseconds(200)
  /// What takes longer is told by a plain line.
  private static let patience = Duration.seconds(10)

  /// Makes a console.
  ///
  /// - Parameter write: takes each text, line ends included; by default they go to the process's streams.
  public init(
    _ style: Style,
    write: @escaping @Sendable (_ stream: Stream, _ text: String) throws -> Void = Console.print
  ) {
    (self.style, self.write) = (style, write)
  }

  /// The console of this process: of a terminal where standard output is seen on one, unless `isQuiet`.
  public convenience init(isQuiet: Bool = false) {
    self.init(isQuiet ? .quiet : Terminal.ofProcess.map { .terminal(columns: $0) } ?? .plain)
  }

  /// Prints a text in one piece, handed on at once: pipes and mpirun would hold it back otherwise.
  ///
  /// - Throws: an error with the system's reason if standard output is full or closed. A warning that cannot be printed is
  ///   no reason to end a run.
  public static func print(_ stream: Stream, _ text: String) throws {
    switch stream {
    case .output: try StandardStream.output.write(text, terminator: "")
    case .errors: try? StandardStream.errors.write(text, terminator: "")
    }
  }

  /// Prints a line, above the changing one.
  ///
  /// - Throws: what `write` throws.
  public func print(_ line: String, to stream: Stream = .output) throws {
    try state.withLock { state in
      switch (style, stream) {
      case (.quiet, .output): break
      case (.quiet, .errors), (.plain, _): try write(stream, line + "\n")
      case (.terminal(let columns), .output):
        try clear(&state)
        try write(.output, Terminal.lines(line, columns: columns).map { $0 + "\n" }.joined())
        try draw(&state)
      case (.terminal, .errors):
        try clear(&state)
        try write(.errors, line + "\n")
        // It is drawn again with the next step: mpirun may hand standard error on after standard output.
        state.lastDrawn = .now
      }
    }
  }

  /// Says what the changing line is to show, if there is one; it is drawn a few times a second at most.
  ///
  /// - Parameter text: the line for a number of columns.
  public func show(_ text: @escaping @Sendable (_ columns: Int) -> String) throws {
    guard case .terminal = style else { return }
    try state.withLock { state in
      state.live = text
      if let last = state.lastDrawn, last.duration(to: .now) < Self.interval { return }
      try draw(&state)
    }
  }

  /// Says what takes a while from now on; what began before has ended.
  ///
  /// - Parameters:
  ///   - text: what it is, such as `reading data`; nil for nothing.
  ///   - goesOn: whether it is what began before, which has come further.
  public func begin(_ text: String?, goesOn: Bool = false) throws {
    guard style != .quiet else { return }
    let needsTicker = try state.withLock { state in
      guard text != state.work?.text else { return false }
      let before = goesOn ? state.work : nil
      state.work = text.map { ($0, before?.began ?? .now, before?.isTold ?? false) }
      if goesOn, let last = state.lastDrawn, last.duration(to: .now) < Self.interval { return false }
      if text == nil {
        if state.live == nil { try clear(&state) }
        return false
      }
      try draw(&state)
      defer { state.hasTicker = true }
      return !state.hasTicker
    }
    if needsTicker { tick() }
  }

  /// Says how far something has come that takes a while.
  ///
  /// - Parameters:
  ///   - text: what it is, such as `evaluating test data`.
  ///   - done: how many samples are done, of `total`; 0 to begin.
  public func begin(_ text: String, done: Int, of total: Int) throws {
    // The count is for the line that changes: a plain one is told once.
    if case .terminal = style, done > 0 {
      try begin("\(text): \(done) of \(total) samples", goesOn: true)
    } else {
      try begin(text)
    }
  }

  /// Takes the changing line away.
  public func finish() {
    state.withLock { state in
      (state.live, state.work, state.isOver) = (nil, nil, true)
      try? clear(&state)
    }
  }

  // MARK: - The changing line

  private func clear(_ state: inout State) throws {
    guard state.isShown else { return }
    state.isShown = false
    try write(.output, Terminal.emptyLine)
  }

  private func draw(_ state: inout State) throws {
    guard case .terminal(let columns) = style, !state.isOver else { return }
    // The last column stays empty: some terminals go on to the next line after it.
    var text = state.live?(columns - 1) ?? ""
    if let work = state.work {
      let seconds = Int(work.began.duration(to: .now) / .seconds(1))
      text = seconds > 0 ? "\(work.text)  \(seconds) s" : work.text
    }
    guard !text.isEmpty else { return }
    (state.isShown, state.lastDrawn) = (true, .now)
    try write(.output, Terminal.emptyLine + text.prefix(columns - 1))
  }

  /// Lets the seconds run on a thread of its own.
  private func tick() {
    Thread.detachNewThread { [weak self] in
      while let isOver = self?.update() {
        if isOver { return }
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
  }

  /// - Returns: whether nothing more will be shown.
  private func update() -> Bool {
    state.withLock { state in
      guard let work = state.work, !state.isOver else { return state.isOver }
      if case .plain = style {
        if !work.isTold, work.began.duration(to: .now) >= Self.patience {
          state.work?.isTold = true
          // A stream that is closed ends the run with the next line.
          try? write(.output, work.text + " …\n")
        }
      } else if work.began.duration(to: .now) >= .seconds(1) {
        try? draw(&state)
      }
      return false
    }
  }
}
