import Records

extension Comparison {
  /// What differs, in lines; the last one says whether anything does.
  var lines: [String] {
    var lines = ["A: \(paths.0)", "B: \(paths.1)"]
    func told(_ what: String, _ values: Values) -> String {
      "\(what): \(values.key) is \(values.own) in A, but \(values.other) in B"
    }
    lines += experiment.map { told("experiment", $0) } + machine.map { told("machine", $0) }
    if let step { lines.append(told(step.place, step.values)) }
    if let (own, other) = stepCounts, own != other {
      let more = own > other ? "A" : "B"
      lines.append("only \(more) has steps \(min(own, other) + 1)–\(max(own, other))")
    }
    if let (own, other) = checkpointSteps, own != other {
      func name(_ step: Int?) -> String { step.map { "step \($0)" } ?? "no step" }
      lines.append(
        "checkpoints: that of A is of \(name(own)), that of B of \(name(other))"
          + (isWithoutCommonCheckpoint
            ? "; the runs have none of the same step, so these are not compared" : ""))
    }
    if !isWithoutCommonCheckpoint {
      lines += Self.lines(of: tensors, called: "tensor") + Self.lines(of: slots, called: "slot")
    }
    return lines + [isEqual ? "no difference" : "they differ"]
  }

  private static func lines(of found: TensorFileDifference, called what: String) -> [String] {
    var lines: [String] = []
    if let first = found.first {
      let more = found.count > 1 ? "; nor are \(counted(found.count - 1, "further \(what)"))" : ""
      lines.append("\(what) \(first.name) is not the same: \(first.text)\(more)")
    }
    for (side, names) in [("A", found.onlyOwn), ("B", found.onlyOther)] where !names.isEmpty {
      let more = names.count > 1 ? " and \(counted(names.count - 1, "further one"))" : ""
      lines.append("only \(side) has the \(what) \(names[0])\(more)")
    }
    return lines
  }

  /// The same as one JSON object.
  var json: JSON {
    func values(_ values: Values) -> [(key: String, value: JSON)] {
      [("key", .text(values.key)), ("a", .text(values.own)), ("b", .text(values.other))]
    }
    func side(_ own: Int?, _ other: Int?) -> JSON {
      .object([("a", own.map(JSON.integer) ?? .null), ("b", other.map(JSON.integer) ?? .null)])
    }
    return .object([
      ("a", .text(paths.0)), ("b", .text(paths.1)), ("equal", .boolean(isEqual)),
      ("experiment", .list(experiment.map { .object(values($0)) })),
      ("machine", .list(machine.map { .object(values($0)) })),
      ("step", step.map { .object([("place", .text($0.place))] + values($0.values)) } ?? .null),
      ("steps", stepCounts.map { side($0.own, $0.other) } ?? .null),
      ("checkpoints", checkpointSteps.map { side($0.own, $0.other) } ?? .null),
      ("tensors", isWithoutCommonCheckpoint ? .null : Self.json(of: tensors)),
      ("slots", isWithoutCommonCheckpoint ? .null : Self.json(of: slots)),
    ])
  }

  private static func json(of found: TensorFileDifference) -> JSON {
    .object([
      (
        "first",
        found.first.map {
          .object([
            ("name", .text($0.name)), ("differing", .integer($0.differing)), ("elements", .integer($0.count)),
            ("largest_difference", $0.largest.map(JSON.number) ?? .null),
          ])
        } ?? .null
      ),
      ("count", .integer(found.count)), ("only_a", .list(found.onlyOwn.map(JSON.text))),
      ("only_b", .list(found.onlyOther.map(JSON.text))),
    ])
  }
}
