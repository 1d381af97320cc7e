import Foundation
import Records

/// The flight record of a rank as a file, for whoever looks for the reason later.
struct FlightRecordFile {
  private let rank: Int
  private let json: String

  /// Takes what the record says now.
  ///
  /// - Parameter finding: the line that tells of the rank; nil for one that is not missing.
  init(_ recorder: FlightRecorder, rank: Int, _ record: RankRecord, finding: String?) {
    self.rank = rank
    let now = MonotonicClock.now
    func ago(_ time: UInt64) -> JSON {
      time == 0 ? .null : .number((MonotonicClock.seconds(from: time, to: now) * 1e6).rounded() / 1e6)
    }
    let members: [(String, JSON)] = [
      ("rank", .integer(rank)), ("host", .text(recorder.hosts[rank])),
      ("process", .integer(Int(truncatingIfNeeded: record[.process]))),
      ("written_by_rank", .integer(recorder.rank)), ("written_utc", .text(Self.text(Date()))),
      ("finding", finding.map(JSON.text) ?? .null), ("place", .text(record.place())),
      ("step", .integer(record.activity.step)), ("activity", .text("\(record.activity.kind)")),
      ("activity_began_seconds_ago", ago(record[.activityBegan])),
      ("waits_for", record.waitsFor.map { .text(record.words(collective: $0)) } ?? .null),
      ("waits_since_seconds_ago", record.waitsFor == nil ? .null : ago(record[.waitingBegan])),
      ("has_heard_nothing_from_ranks", .list(record.awaited.map(JSON.integer))),
      ("collectives_entered", .integer(Int(truncatingIfNeeded: record[.entered]))),
    ]
    let names = record.names
    let collectives = record.collectives.map { collective -> String in
      let name = names.indices.contains(collective.name) ? names[collective.name] : ""
      let members: [(String, JSON)] = [
        ("number", .integer(collective.number + 1)), ("step", .integer(collective.activity.step)),
        ("activity", .text("\(collective.activity.kind)")), ("name", .text(name)),
        ("state", .text(collective.state.rawValue)), ("entered_seconds_ago", ago(collective.entered)),
        ("waited_seconds_ago", ago(collective.waited)), ("done_seconds_ago", ago(collective.done)),
      ]
      return "    \(JSON.object(members.map { (key: $0, value: $1) }))"
    }
    json =
      "{\n" + members.map { "  \(JSON.text($0)): \($1),\n" }.joined()
      + "  \"collectives\": [\n\(collectives.joined(separator: ",\n"))\n  ]\n}\n"
  }

  /// Writes `rank-0005.json` into a directory, which is made; what cannot be written is told, and that is all.
  func write(to directory: String) {
    let digits = "\(rank)"
    let name = "rank-\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).json"
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try Data(json.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"), options: .atomic)
    } catch {
      printOnStandardError(
        "\(directory)/\(name): the flight record cannot be written: \(error.localizedDescription)")
    }
  }

  private static func text(_ date: Date) -> String {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    return formatter.string(from: date)
  }
}
