/// A column of a table, as a user names it.
public enum TableColumn: Hashable, Sendable {
  /// By its number, from 1.
  case number(Int)
  /// By its name in the header.
  case name(String)
  /// The last one.
  case last

  /// Reads a number or a name.
  public init(_ text: String) {
    self = Int(text).map(TableColumn.number) ?? .name(text)
  }

  /// The position of the column, from 0.
  ///
  /// - Parameters:
  ///   - names: the names in the header; nil without one.
  ///   - columnCount: the number of columns.
  ///   - file: what messages call the table.
  /// - Throws: `DatasetError` that names the key `data.target`, if there is no such column.
  func index(names: [String]?, columnCount: Int, file: String) throws(DatasetError) -> Int {
    func error(_ found: String, _ problem: String) -> DatasetError {
      .unusable(file: file, problem: "data.target: found \(DatasetError.excerpt(found)), \(problem)")
    }
    switch self {
    case .last: return columnCount - 1
    case .number(let number):
      guard (1...columnCount).contains(number) else {
        throw error("\(number)", "but the file has \(counted(columnCount, "column")), counted from 1")
      }
      return number - 1
    case .name(let name):
      guard let names else {
        throw error(name, "but the file has no header line; expected a column's number")
      }
      guard let index = names.firstIndex(of: name) else {
        let some = names.prefix(20).map(DatasetError.excerpt).joined(separator: ", ")
        throw error(name, "expected one of \(some)\(names.count > 20 ? ", …" : "")")
      }
      return index
    }
  }
}
