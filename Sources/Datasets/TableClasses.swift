/// The classes that the targets of tables name: integers from 0 as they are, or texts, sorted by their bytes in UTF-8.
struct TableClasses {
  /// The names of the classes in their order; nil for integers.
  let names: [String]?
  /// The number of classes.
  let count: Int

  /// Finds the classes.
  ///
  /// - Parameters:
  ///   - tables: all tables of a data set; those of texts must all be in the first one.
  /// - Throws: `DatasetError` that names file, row and column, if a target is no class, or there is but one class.
  init(of tables: [TargetTable]) throws(DatasetError) {
    let first = tables[0]
    let isOfNumbers = Self.number(first.targets[0]) != nil
    var largest = 0
    var smallest = Int.max
    var known: Set<String> = []
    for (index, table) in tables.enumerated() {
      for (row, target) in table.targets.enumerated() {
        let number = Self.number(target)
        guard (number != nil) == isOfNumbers else {
          throw table.error(
            ofRow: row,
            isOfNumbers
              ? "is no number, but the first target is one; expected numbers or names in all rows"
              : "is a number, but the first target is none; expected numbers or names in all rows")
        }
        if let number {
          guard number >= 0, number < 0x1p31, number == number.rounded() else {
            throw table.error(
              ofRow: row, "is no class; classes count from 0 (for numbers say data.task: regression)")
          }
          (largest, smallest) = (max(largest, Int(number)), min(smallest, Int(number)))
        } else if index == 0 {
          known.insert(target)
        } else if !known.contains(target) {
          throw table.error(ofRow: row, "is no class of \(first.table.file)")
        }
      }
    }
    if isOfNumbers {
      guard smallest == 0 else {
        throw .unusable(
          file: first.table.file,
          problem: "column \(first.targetColumn + 1) has classes from \(smallest) to \(largest), but "
            + "classes count from 0; subtract \(smallest)")
      }
      (names, count) = (nil, largest + 1)
    } else {
      names = known.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      count = known.count
    }
    guard count > 1 else {
      throw .unusable(
        file: first.table.file,
        problem: "column \(first.targetColumn + 1) has one class only, "
          + DatasetError.quoted(first.targets[0]))
    }
  }

  /// The classes of a table's rows.
  func labels(of table: TargetTable) -> [Int32] {
    guard let names else { return table.targets.map { Int32(Self.number($0) ?? 0) } }
    let classes = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
    return table.targets.map { classes[$0] ?? 0 }
  }

  private static func number(_ text: String) -> Double? { TableReader.number(Array(text.utf8)[...]) }
}
