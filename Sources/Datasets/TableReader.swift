import Inputs

/// Cuts the text of a table into rows of cells, as RFC 4180 and its relatives write them.
///
/// Cells are separated by commas if the first line has one outside of quotes, else by tabs, else by semicolons, else by runs
/// of blanks. A cell in double quotes may hold separators and line ends, and two quotes for one. Blanks around a cell do
/// not matter, blank lines are skipped, and so is UTF-8's byte order mark. Lines end in LF or CRLF.
struct TableReader {
  /// A row, and the line of the file, from 1, that it begins in.
  struct Row {
    var number: Int
    var cells: [Cell]
  }

  /// What stands between two separators, without quotes.
  struct Cell {
    var bytes: ArraySlice<UInt8>
    var isQuoted = false

    /// The bytes as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// What error messages call the table.
  let file: String
  private let text: [UInt8]
  /// The next byte.
  private var place: Int
  /// The line that it is in, from 1.
  private var line = 1
  private var separator: TableSeparator?
  /// The cells of the first row.
  private var columnCount: Int?

  /// The most columns of a table.
  private static let largestColumnCount = 1_000_000

  /// Begins with the first line.
  ///
  /// - Throws: `DatasetError` if the bytes are no text in UTF-8.
  init(text: [UInt8], file: String) throws(DatasetError) {
    (self.text, self.file) = (text, file)
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    place = text.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    if let kind = FileKind(head: text[place...]) {
      throw .otherKind(
        file: file, kind: kind.description, expected: "a table of numbers as text, a row a line")
    }
    guard !text.starts(with: [0xFF, 0xFE]) && !text.starts(with: [0xFE, 0xFF]) else {
      throw .unusable(file: file, problem: "is text in UTF-16; save it as CSV in UTF-8")
    }
  }

  /// The names in the first row, if it is a header: if none of its cells is a number or stands for a missing one.
  ///
  /// A first row of numbers in quotes is a header if the second row has none.
  ///
  /// - Throws: `DatasetError` if a column has no name, or two have the same.
  mutating func columnNames() throws(DatasetError) -> [String]? {
    var ahead = self
    guard let first = try ahead.next() else { return nil }
    let isOfNames = first.cells.allSatisfy { cell in
      Double(cell.text) == nil && !Self.missing.contains(cell.text)
    }
    if isOfNames {
      guard !first.cells.allSatisfy(\.bytes.isEmpty) else { return nil }
    } else {
      guard first.cells.allSatisfy({ $0.isQuoted && Self.number($0.bytes) != nil }) else { return nil }
      var second = ahead
      guard let row = try? second.next(), !row.cells.contains(where: \.isQuoted) else { return nil }
    }
    var columns: [String: Int] = [:]
    for (index, cell) in first.cells.enumerated() {
      guard !cell.bytes.isEmpty else {
        throw .unusable(
          file: file,
          problem:
            "row \(first.number): column \(index + 1) has no name, but others have; name it or remove it "
            + "(pandas writes its index so, unless told index=False)")
      }
      if let other = columns.updateValue(index, forKey: cell.text) {
        throw .unusable(
          file: file,
          problem: "row \(first.number): columns \(other + 1) and \(index + 1) have the same name, "
            + "\(DatasetError.quoted(cell.text)); expected different ones")
      }
    }
    self = ahead
    return first.cells.map(\.text)
  }

  /// What programs write in place of a number that they have not.
  static let missing: Set<String> = [
    "?", "-", ".", "NA", "N/A", "#N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none",
  ]

  /// The next row; nil behind the last one.
  ///
  /// - Throws: `DatasetError` if it is a comment, longer or shorter than the first one, or has a quote that does not close.
  mutating func next() throws(DatasetError) -> Row? {
    while place < text.count {
      let end = text[place...].firstIndex(of: .lineFeed) ?? text.count
      guard !text[place..<end].allSatisfy({ $0.isBlank || $0 == .carriageReturn }) else {
        place = min(end + 1, text.count)
        line += 1
        continue
      }
      let number = line
      if text[place..<end].first(where: { !$0.isBlank }) == .hash {
        throw .unusable(
          file: file,
          problem:
            "row \(number) begins with '#': comments are no part of a table, and are not read; remove them")
      }
      let separator: TableSeparator
      if let known = self.separator {
        separator = known
      } else {
        separator = try TableSeparator(of: text[place...], row: number, file: file)
        self.separator = separator
      }
      let row: Row
      if text[place..<end].contains(.quote) {
        row = Row(number: number, cells: try quotedCells(separator, row: number))
      } else {
        let whole = text[place..<end]
        let cut = whole.last == .carriageReturn ? whole.dropLast() : whole
        guard separator.count(in: cut) < Self.largestColumnCount else { throw tooManyColumns(number) }
        row = Row(number: number, cells: separator.cells(of: cut).map { Cell(bytes: $0) })
        place = min(end + 1, text.count)
        line += 1
      }
      guard row.cells.count == columnCount ?? row.cells.count else {
        throw .raggedRow(
          file: file, row: number, foundCount: row.cells.count, expectedCount: columnCount ?? 0)
      }
      columnCount = row.cells.count
      return row
    }
    return nil
  }

  /// The number in a cell; nil if it is none, or not finite.
  static func number(_ cell: ArraySlice<UInt8>) -> Double? {
    // Swift would read hexadecimal, too.
    guard cell.allSatisfy("0123456789+-.eE".utf8.contains) else { return nil }
    return Double(String(decoding: cell, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
  }

  private func tooManyColumns(_ row: Int) -> DatasetError {
    .tooManyColumns(file: file, row: row, limit: Self.largestColumnCount)
  }

  /// The cells of a row in which there are quotes; it ends at the first line end outside of them.
  private mutating func quotedCells(_ separator: TableSeparator, row: Int) throws(DatasetError) -> [Cell] {
    var cells: [Cell] = []
    while true {
      guard cells.count < Self.largestColumnCount else { throw tooManyColumns(row) }
      skipBlanks(separator)
      // Blanks behind the last cell separate it from nothing.
      if separator == .blanks && isAtLineEnd { break }
      if place < text.count && text[place] == .quote {
        cells.append(Cell(bytes: try quoted(row: row), isQuoted: true))
      } else {
        let start = place
        while !isAtLineEnd && !separator.isBetweenCells(text[place]) { place += 1 }
        cells.append(Cell(bytes: separator.trimmed(text[start..<place])))
      }
      if separator != .blanks { skipBlanks(separator) }
      if isAtLineEnd { break }
      guard separator.isBetweenCells(text[place]) else {
        throw .unusable(
          file: file,
          problem:
            "row \(row), column \(cells.count): text behind a closing quote; a quote inside of quotes is "
            + "written twice")
      }
      if separator != .blanks { place += 1 }
    }
    let end = text[place...].firstIndex(of: .lineFeed) ?? text.count
    place = min(end + 1, text.count)
    line += 1
    return cells
  }

  /// Whether a line ends at the next byte, in LF, CRLF, or with the file.
  private var isAtLineEnd: Bool {
    let next = place < text.count && text[place] == .carriageReturn ? place + 1 : place
    return next >= text.count || text[next] == .lineFeed
  }

  /// Goes to the next byte that is no blank, or a separator other than blanks.
  private mutating func skipBlanks(_ separator: TableSeparator) {
    while place < text.count, text[place].isBlank,
      separator == .blanks || !separator.isBetweenCells(text[place])
    {
      place += 1
    }
  }

  /// What stands between the quote at the next place and the one that closes it.
  private mutating func quoted(row: Int) throws(DatasetError) -> ArraySlice<UInt8> {
    var content: [UInt8] = []
    place += 1
    while let end = text[place...].firstIndex(of: .quote) {
      content += text[place..<end]
      place = end + 1
      guard place < text.count, text[place] == .quote else {
        line += content.count { $0 == .lineFeed }
        return content[...]
      }
      content.append(.quote)
      place += 1
    }
    throw .unusable(file: file, problem: "row \(row): a double quote is not closed")
  }
}
