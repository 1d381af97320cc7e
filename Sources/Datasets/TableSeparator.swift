/// What stands between the cells of a line.
enum TableSeparator {
  case comma, tab, semicolon, blanks

  /// The separator that a file's first line uses.
  ///
  /// - Parameters:
  ///   - text: the line, and what follows it.
  ///   - row: the line's number.
  ///   - file: what error messages call the table.
  /// - Throws: `DatasetError` if it has commas and semicolons, either of which may separate.
  init(of text: ArraySlice<UInt8>, row: Int, file: String) throws(DatasetError) {
    var isQuoted = false
    var (commas, tabs, semicolons) = (0, 0, 0)
    scan: for byte in text {
      switch byte {
      case .quote: isQuoted.toggle()
      case .lineFeed where !isQuoted: break scan
      case .comma where !isQuoted: commas += 1
      case .tab where !isQuoted: tabs += 1
      case .semicolon where !isQuoted: semicolons += 1
      default: break
      }
    }
    guard commas == 0 || semicolons == 0 else {
      throw .unusable(
        file: file,
        problem: "row \(row) has commas and semicolons: expected one of them between columns, and a point in "
          + "numbers, such as 1.5")
    }
    self = commas > 0 ? .comma : tabs > 0 ? .tab : semicolons > 0 ? .semicolon : .blanks
  }

  /// Whether a byte is the separator.
  func isBetweenCells(_ byte: UInt8) -> Bool {
    switch self {
    case .comma: byte == .comma
    case .tab: byte == .tab
    case .semicolon: byte == .semicolon
    case .blanks: byte.isBlank
    }
  }

  /// How often the separator occurs in a line.
  func count(in line: ArraySlice<UInt8>) -> Int { line.count(where: isBetweenCells) }

  /// The cells of a line without quotes, and without the blanks around them.
  func cells(of line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    self == .blanks
      ? line.split(whereSeparator: \.isBlank)
      : line.split(omittingEmptySubsequences: false, whereSeparator: isBetweenCells).map(trimmed)
  }

  /// A cell without the blanks around it.
  func trimmed(_ cell: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let first = cell.firstIndex(where: { !$0.isBlank }),
      let last = cell.lastIndex(where: { !$0.isBlank })
    else { return [] }
    return cell[first...last]
  }
}

extension UInt8 {
  static var comma: UInt8 { UInt8(ascii: ",") }
  static var semicolon: UInt8 { UInt8(ascii: ";") }
  static var lineFeed: UInt8 { UInt8(ascii: "\n") }
  static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
  static var quote: UInt8 { UInt8(ascii: "\"") }
  static var tab: UInt8 { UInt8(ascii: "\t") }
  static var hash: UInt8 { UInt8(ascii: "#") }

  /// Whether this is a space or a tab.
  var isBlank: Bool { self == UInt8(ascii: " ") || self == .tab }
}
