import Inputs

extension NumberTable {
  /// Reads a text file with one row a line.
  ///
  /// Cells are separated by commas if the first line has one, else by tabs if it has one, else by runs of
  /// blanks; blanks around a cell do not matter. Lines end in LF or CRLF. Blank lines are skipped, and so is
  /// UTF-8's byte order mark. The first line is a header if none of its cells is a number; its names may
  /// stand in double quotes, but a comma inside of the quotes still separates. The file may be gzipped.
  ///
  /// - Parameter path: the file.
  /// - Throws: `DatasetError` if the file cannot be read or has no rows, if a row is longer or shorter than
  ///   the first, or if a cell is not a finite number. Rows count the lines of the file from 1, header and
  ///   blank lines included, and columns count from 1, as spreadsheets do.
  public init(path: String) throws(DatasetError) {
    var input = try GzipInput(path: path)
    try self.init(text: input.read(.max), file: path)
  }

  /// Reads the bytes of a text; `file` is what error messages call it.
  init(text: [UInt8], file: String) throws(DatasetError) {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = text.starts(with: byteOrderMark) ? text.dropFirst(byteOrderMark.count) : text[...]
    var separator: Separator?
    var columnNames: [String]?
    var columnCount: Int?
    var values: [Double] = []
    if let kind = FileKind(head: content) {
      throw .otherKind(
        file: file, kind: kind.description, expected: "a table of numbers as text, a row a line")
    }
    // Lines are cut one by one: a list of all of them may take fifty times the text.
    var (rest, row) = (content, 0)
    while !rest.isEmpty {
      let text = rest.prefix { $0 != .lineFeed }
      rest = rest[text.endIndex...].dropFirst()
      row += 1
      let line = text.last == .carriageReturn ? text.dropLast() : text
      guard !line.allSatisfy(\.isBlank) else { continue }
      let rowSeparator = separator ?? Separator(of: line)
      guard rowSeparator.count(in: line) < Self.largestColumnCount else {
        throw .tooManyColumns(file: file, row: row, limit: Self.largestColumnCount)
      }
      let cells = rowSeparator.cells(of: line)
      let numbers = cells.map(Self.number)
      // A line of numbers that are not finite is no header.
      if columnCount == nil && cells.allSatisfy({ Double(String(decoding: $0, as: UTF8.self)) == nil }) {
        columnNames = cells.map(Self.unquoted)
      } else {
        guard cells.count == columnCount ?? cells.count else {
          throw .raggedRow(
            file: file, row: row, foundCount: cells.count, expectedCount: columnCount ?? 0)
        }
        for (column, number) in numbers.enumerated() {
          guard let number else {
            let cell = String(decoding: cells[column], as: UTF8.self)
            throw .notANumber(file: file, row: row, column: column + 1, cell: cell)
          }
          values.append(number)
        }
      }
      separator = rowSeparator
      columnCount = cells.count
    }
    guard let columnCount, !values.isEmpty else { throw .noRows(file: file) }
    self.init(values: values, columnCount: columnCount, columnNames: columnNames, file: file)
  }

  /// The most columns of a table.
  private static let largestColumnCount = 1_000_000

  private static func number(_ cell: ArraySlice<UInt8>) -> Double? {
    // Swift would read hexadecimal, too.
    guard cell.allSatisfy("0123456789+-.eE".utf8.contains) else { return nil }
    return Double(String(decoding: cell, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
  }

  private static func unquoted(_ cell: ArraySlice<UInt8>) -> String {
    let isQuoted = cell.count >= 2 && cell.first == .quote && cell.last == .quote
    return String(decoding: isQuoted ? cell.dropFirst().dropLast() : cell, as: UTF8.self)
  }
}

/// What stands between the cells of a line.
private enum Separator {
  case comma, tab, blanks

  /// The separator that a file's first line uses.
  init(of line: ArraySlice<UInt8>) {
    self = line.contains(.comma) ? .comma : line.contains(.tab) ? .tab : .blanks
  }

  /// How often the separator occurs in a line.
  func count(in line: ArraySlice<UInt8>) -> Int {
    switch self {
    case .comma: line.count { $0 == .comma }
    case .tab: line.count { $0 == .tab }
    case .blanks: line.count { $0.isBlank }
    }
  }

  /// The cells of a line, without the blanks around them.
  func cells(of line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    switch self {
    case .comma: line.split(separator: .comma, omittingEmptySubsequences: false).map(trimmed)
    case .tab: line.split(separator: .tab, omittingEmptySubsequences: false).map(trimmed)
    case .blanks: line.split(whereSeparator: \.isBlank)
    }
  }

  private func trimmed(_ cell: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let first = cell.firstIndex(where: { !$0.isBlank }),
      let last = cell.lastIndex(where: { !$0.isBlank })
    else { return [] }
    return cell[first...last]
  }
}

extension UInt8 {
  fileprivate static var comma: UInt8 { UInt8(ascii: ",") }
  fileprivate static var lineFeed: UInt8 { UInt8(ascii: "\n") }
  fileprivate static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
  fileprivate static var quote: UInt8 { UInt8(ascii: "\"") }
  fileprivate static var tab: UInt8 { UInt8(ascii: "\t") }

  /// Whether this is a space or a tab.
  fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == .tab }
}
