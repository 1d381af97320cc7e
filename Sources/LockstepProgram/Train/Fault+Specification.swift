package import Mistakes
package import Training

extension Fault {
  /// What each kind can be told, in the order of its example.
  private static let kinds: [(name: String, keys: [String], example: String)] = [
    ("kill", ["rank", "step", "at"], "kill:rank=1,step=17"),
    ("stop", ["rank", "step", "at"], "stop:rank=1,step=17"),
    ("delay", ["rank", "step", "at", "milliseconds"], "delay:rank=1,step=17,milliseconds=500"),
    ("nan", ["rank", "step", "tensor"], "nan:rank=1,step=17,tensor=0.weight"),
    ("bitflip", [], "bitflip:tensor=0.weight,rank=1,step=17"),
    ("enospc", ["step"], "enospc:step=17"),
    ("cut", ["rank", "step"], "cut:rank=1,step=17"),
  ]

  /// By what flips, its keys.
  private static let flips: [(name: String, keys: [String])] = [
    ("tensor", ["tensor", "rank", "step"]), ("gradient", ["rank", "step"]), ("checkpoint", ["step"]),
  ]

  /// Reads a fault of the command line, such as `kill:rank=1,step=17`.
  ///
  /// - Throws: `UserMistake`, which names what is known.
  package init(parsing text: String) throws(UserMistake) {
    func mistake(_ problem: String) -> UserMistake { UserMistake("--inject \(text): \(problem)") }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let kind = Self.kinds.first(where: { $0.name == parts[0] }) else {
      let names = Self.kinds.map(\.name).joined(separator: ", ")
      throw mistake(
        "unknown fault \"\(parts[0])\"; expected one of \(names), such as \(Self.kinds[0].example)")
    }
    var words = parts.count > 1 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : []
    var (keys, flip) = (kind.keys, "")
    if kind.name == "bitflip" {
      guard
        let found = words.firstIndex(where: { word in
          Self.flips.contains { word == $0.name || word.hasPrefix("tensor=") }
        })
      else {
        throw mistake(
          "what flips? expected bitflip:tensor=NAME,…, bitflip:gradient,… or bitflip:checkpoint,…, such as \(kind.example)"
        )
      }
      flip = words[found].hasPrefix("tensor") ? "tensor" : String(words[found])
      keys = Self.flips.first { $0.name == flip }?.keys ?? []
      if flip != "tensor" { words.remove(at: found) }
    }
    var values: [String: String] = [:]
    for word in words {
      let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard keys.contains(pair[0]), pair.count == 2, !pair[1].isEmpty, values[pair[0]] == nil else {
        let name = flip.isEmpty ? kind.name : "bitflip:\(flip)"
        throw mistake(
          "\"\(word)\": expected KEY=VALUE, each once, of \(name): \(keys.joined(separator: ", ")), such as \(kind.example)"
        )
      }
      values[pair[0]] = pair[1]
    }
    func number(_ key: String, least: Int, default standard: Int? = nil) throws(UserMistake) -> Int {
      guard let value = values[key] else {
        guard let standard else { throw mistake("needs \(key)=NUMBER, such as \(kind.example)") }
        return standard
      }
      guard let number = Int(value), number >= least, number <= 1_000_000_000 else {
        throw mistake("\(key)=\(value): expected a number of at least \(least)")
      }
      return number
    }
    var moment = Moment.step
    if let name = values["at"] {
      guard let known = Moment(rawValue: name) else {
        throw mistake("at=\(name): expected \(Moment.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      moment = known
    }
    if flip == "checkpoint" { moment = .checkpoint }
    let step = try number("step", least: 1, default: moment == .start ? 1 : nil)
    let deed: Kind =
      switch (kind.name, flip) {
      case ("kill", _): .kill
      case ("stop", _): .stop
      case ("delay", _): .delay(milliseconds: try number("milliseconds", least: 0))
      case ("nan", _): .notANumber(tensor: values["tensor"])
      case ("enospc", _): .fullDisk
      case ("cut", _): .cutConnections
      case (_, "gradient"): .flippedGradient
      case (_, "checkpoint"): .flippedCheckpoint
      default: .flippedParameter(tensor: values["tensor"] ?? "")
      }
    self.init(text, deed, rank: try number("rank", least: 0, default: 0), moment: moment, step: step)
  }
}
