import Records

/// A line of `metrics.jsonl`, with its values as they stand in the file.
struct LogLine {
  /// The line's number, from 1.
  let number: Int
  /// What kind of event it is.
  let event: String
  /// The steps taken; nil for events without.
  let step: Int?
  private let text: ArraySlice<UInt8>

  /// Reads a line.
  ///
  /// - Throws: `JSONError` if it is no JSON.
  init?(_ text: ArraySlice<UInt8>, number: Int) throws(JSONError) {
    let members = try JSON(parsing: text)
    guard let event = members["event"]?.text else { return nil }
    (self.number, self.event, self.text, step) = (number, event, text, members["step"]?.integer)
  }

  /// The value of a key, letter by letter as it stands there; nil if there is none in the spelling of this program.
  ///
  /// Two spellings may be one number: who looks for a changed digit must not read it.
  subscript(_ key: String) -> String? {
    // No text within the line can look like this: its quotes are escaped.
    guard let found = text.firstRange(of: Array("\"\(key)\": ".utf8)) else { return nil }
    let value = text[found.upperBound...]
    guard value.first == UInt8(ascii: "\"") else {
      return String(
        decoding: value.prefix { ![UInt8(ascii: ","), UInt8(ascii: "}")].contains($0) }, as: UTF8.self)
    }
    var end = value.startIndex + 1
    while end < value.endIndex, value[end] != UInt8(ascii: "\"") {
      end += value[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    return String(decoding: value[value.startIndex...min(end, value.endIndex - 1)], as: UTF8.self)
  }

  /// The text of a key whose letters need no escapes, such as a hash.
  func word(_ key: String) -> String? {
    self[key].flatMap { $0.count > 1 && $0.hasPrefix("\"") ? String($0.dropFirst().dropLast()) : nil }
  }
}

extension LogLine {
  /// By event, the keys whose values no machine changes.
  static let exactKeys = [
    "step": ["epoch", "loss", "accuracy", "learning_rate", "gradient_norm", "skipped"],
    "epoch": ["epoch", "loss", "accuracy"],
    "evaluation": ["split", "epoch", "loss", "accuracy", "samples"],
  ]

  /// What a line of an epoch's end is about, in words.
  var place: String {
    let split = word("split").map { ", evaluation of \($0)" } ?? ""
    return "step \(step ?? 0)" + (event == "step" ? "" : " (end of epoch \(self["epoch"] ?? "?")\(split))")
  }
}
