import Datasets
import Foundation
import Testing

/// Tables as spreadsheets, pandas and R write them.
@Suite("Tables of other programs")
struct TableReaderTests {
  private static func table(_ text: String) throws -> NumberTable { try NumberTableTests.table(text) }

  /// Texts that are read, with the names and the numbers in them.
  private static let readable: [(text: String, names: [String]?, values: [Double])] = [
    // RFC 4180: separators, line ends and doubled quotes in quotes.
    ("\"a, in m\",\"b\",\"y\"\n1,2,3\n", ["a, in m", "b", "y"], [1, 2, 3]),
    ("\"a\"\"b\",\"c\nd\"\r\n\"1\",2\r\n", ["a\"b", "c\nd"], [1, 2]),
    ("\"a\",\"b\"\n\"1\",\"2\"\n\"3\",\"4\"\n", ["a", "b"], [1, 2, 3, 4]),
    (" \"a\" , b\n \"1\" ,2\n", ["a", "b"], [1, 2]),
    ("\"a\"\t\"b c\"\n1\t2", ["a", "b c"], [1, 2]),
    ("\"a\" \"b c\"\n1 2\n", ["a", "b c"], [1, 2]),
    ("  \"a\"   b  \n 1   \"2\" \r\n3 4", ["a", "b"], [1, 2, 3, 4]),
    // Semicolons, where there are no commas.
    ("a;b;y\n1;2;3\n", ["a", "b", "y"], [1, 2, 3]),
    ("\"a, b\";c\n1;2\n", ["a, b", "c"], [1, 2]),
    // R quotes names, and pandas with QUOTE_NONNUMERIC too: years in quotes over numbers without are names.
    ("\"2019\",\"2020\"\n1,2\n", ["2019", "2020"], [1, 2]),
    ("\"1\",\"2\"\n\"3\",\"4\"\n", nil, [1, 2, 3, 4]),
    // Sodium is a name, though NA is none.
    ("Na,Mg\n1,2\n", ["Na", "Mg"], [1, 2]),
    ("x\n1\n", ["x"], [1]),
  ]

  @Test("what others write is read", arguments: readable)
  func reading(text: String, names: [String]?, values: [Double]) throws {
    let table = try Self.table(text)
    #expect(table.columnNames == names && table.values == values)
  }

  /// Texts that are refused, and the cause.
  private static let unreadable: [(text: String, words: String)] = [
    ("?,?,?\n1,2,3\n", "row 1, column 1: '?' is not a number"),
    ("NA,x\n1,2\n", "row 1, column 1: 'NA' is not a number"),
    (",,\n1,2,3\n", "row 1, column 1: '' is not a number"),
    ("a,a,y\n1,2,3\n", "row 1: columns 1 and 2 have the same name, 'a'"),
    (
      ",a\n0,1\n",
      "row 1: column 1 has no name, but others have; name it or remove it (pandas writes its index so"
    ),
    ("a,b,\n0,1,\n", "row 1: column 3 has no name"),
    ("# made by x\n1,2,3\n", "row 1 begins with '#': comments"),
    ("# made by x, y and z\n1,2,3\n", "row 1 begins with '#': comments"),
    ("1,2\n  # half\n3,4\n", "row 2 begins with '#': comments"),
    ("a;b\n1,5;2\n", "row 2, column 1: '1,5' is not a number"),
    ("1,5;2,5\n", "row 1 has commas and semicolons"),
    ("a,b,y\n\"1,000\",2,3\n", "row 2, column 1: '1,000' is not a number"),
    ("a,b\n1,\"2\n3,4\n", "row 2: a double quote is not closed"),
    ("a,b\n\"1\"2,3\n", "row 2, column 1: text behind a closing quote"),
    ("\"a\nb\",c\n1,2\n3,x\n", "row 4, column 2: 'x' is not a number"),
    ("\"a\",b\n1,2,3\n", "row 2 has 3 columns"),
    ("1,2\n\"3\"\n", "row 2 has 1 column,"),
  ]

  @Test("what may be meant in two ways is refused with the cause", arguments: unreadable)
  func refused(text: String, words: String) throws {
    let error = #expect(throws: DatasetError.self) { try Self.table(text) }
    try expectOneLine(error, naming: "table.csv: ", words)
  }

  @Test("UTF-16 is told")
  func encoding() throws {
    let error = #expect(throws: DatasetError.self) {
      try NumberTableTests.table([0xFF, 0xFE, 0x31, 0, 0x0A, 0])
    }
    try expectOneLine(error, naming: "table.csv: ", "is text in UTF-16; save it as CSV in UTF-8")
  }

  /// Any table comes back as it was, however its cells are quoted.
  @Test("what is quoted is read as what is not", arguments: [",", ";", "\t", " "])
  func quoting(separator: String) throws {
    let rows = (0..<20).map { row in (0..<5).map { "\(row * 5 + $0 * $0)" } }
    let plain = rows.map { $0.joined(separator: separator) }.joined(separator: "\n")
    let expected = try Self.table("a b c d e".replacing(" ", with: separator) + "\n" + plain)
    for step in 1...7 {
      let lines = rows.enumerated().map { row, cells in
        cells.enumerated().map { (row + $0) % step == 0 ? "\"\($1)\"" : $1 }.joined(separator: separator)
      }
      let table = try Self.table(
        ["\"a\"", "b", "\"c\"", "d", "e"].joined(separator: separator) + "\r\n"
          + lines.joined(separator: "\r\n"))
      #expect(table == expected, "\(step)")
    }
  }
}
