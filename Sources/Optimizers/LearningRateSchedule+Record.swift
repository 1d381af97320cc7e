public import Records

extension LearningRateSchedule {
  /// The curve and the warm-up as a configuration's section `optimizer.schedule` says them, with sorted keys; the base
  /// rate stands beside the section, not in it.
  public var record: JSON {
    var members: [(key: String, value: JSON)] = [("warmup_epochs", .integer(warmup?.epochs ?? 0))]
    if let warmup { members.append(("warmup_from", .number(warmup.from))) }
    switch curve {
    case .constant:
      members.append(("name", .text("constant")))
    case .step(let epochs, let factor):
      members += [
        ("name", .text("step")), ("epochs", .list(epochs.map(JSON.integer))), ("factor", .number(factor)),
      ]
    case .cosine(let final):
      members += [("name", .text("cosine")), ("final_learning_rate", .number(final))]
    }
    return .object(members.sorted { $0.key < $1.key })
  }
}
