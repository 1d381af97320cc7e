/// What arrives on mpirun's standard error, parted into the ranks' own lines and mpirun's complaints.
///
/// mpirun mixes both in one stream. Its complaints stand between lines of dashes, or have forms of their own. What ranks
/// write is handed on as it is, a line that has not ended yet as soon as nothing follows it.
package struct MpirunOutput {
  /// A part of the stream.
  package enum Part: Equatable {
    /// Bytes that a rank wrote, to be handed on unchanged.
    case rank([UInt8])
    /// What mpirun complains of.
    case complaint(MpirunComplaint)
  }

  /// What begins the lines in which ranks of the program give their reasons, such as "lockstep: ".
  private let messagePrefix: String
  /// The bytes since the last end of a line.
  private var line: [UInt8] = []
  /// The lines since a rule of dashes that began a block, with the rule; empty outside of blocks.
  private var block: [[UInt8]] = []
  /// Whether the beginning of the current line was handed on already.
  private var lineHasBegun = false

  /// A block of mpirun's is shorter than this; what is longer is something else.
  private static let greatestBlock = 100

  /// Begins a stream.
  ///
  /// - Parameter program: the name of the ranks' program.
  package init(program: String) {
    messagePrefix = "\(program): "
  }

  /// Takes the next bytes of the stream.
  package mutating func read(_ bytes: some Sequence<UInt8>) -> [Part] {
    var parts: [Part] = []
    for byte in bytes {
      line.append(byte)
      if byte == UInt8(ascii: "\n") { endLine(into: &parts) }
    }
    return Self.joined(parts)
  }

  /// Hands on what waits for more, after nothing has come for a while: the beginning of a line, or a block without an end.
  package mutating func flush() -> [Part] {
    var parts = block.map { Part.rank($0) }
    block = []
    if !line.isEmpty {
      parts.append(.rank(line))
      line = []
      lineHasBegun = true
    }
    return Self.joined(parts)
  }

  /// Whether something waits for more.
  package var isWaiting: Bool { !line.isEmpty || !block.isEmpty }

  private mutating func endLine(into parts: inout [Part]) {
    defer { line = [] }
    guard !lineHasBegun else {
      lineHasBegun = false
      return parts.append(.rank(line))
    }
    // ssh ends its lines as terminals do.
    let hasReturn = line.suffix(2).first == UInt8(ascii: "\r")
    let text = String(decoding: line.dropLast(hasReturn ? 2 : 1), as: UTF8.self)
    let isRule = text.count >= 70 && text.allSatisfy { $0 == "-" }
    if isRule {
      guard !block.isEmpty else { return block.append(line) }
      let lines = block.dropFirst().map { String(decoding: $0.dropLast(), as: UTF8.self) }
      block = []
      if let complaint = MpirunComplaint(block: lines) { parts.append(.complaint(complaint)) }
    } else if !block.isEmpty, !text.hasPrefix(messagePrefix) {
      block.append(line)
      if block.count > Self.greatestBlock {
        parts += block.map { .rank($0) }
        block = []
      }
    } else if let complaints = MpirunComplaint.ofLine(text), !text.hasPrefix(messagePrefix) {
      parts += complaints.map { .complaint($0) }
    } else {
      parts.append(.rank(line))
    }
  }

  /// The same parts with neighbouring bytes in one piece.
  private static func joined(_ parts: [Part]) -> [Part] {
    parts.reduce(into: []) { result, part in
      if case .rank(let bytes) = part, case .rank(let before)? = result.last {
        result[result.count - 1] = .rank(before + bytes)
      } else {
        result.append(part)
      }
    }
  }
}
