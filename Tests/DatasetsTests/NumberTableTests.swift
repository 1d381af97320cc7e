import Datasets
import Foundation
import Testing

@Suite("Tables of numbers")
struct NumberTableTests {
  static let values = [1.5, -2e-3, 300, 0.1, 5, -6.25]
  static let rows = [["1.5", "-2e-3", "300"], ["0.1", "5", "-6.25"]]

  /// The table that a text in a file gives.
  static func table(_ text: String, name: String = "table.csv") throws -> NumberTable {
    try table(Array(text.utf8), name: name)
  }

  static func table(_ bytes: [UInt8], name: String = "table.csv") throws -> NumberTable {
    var table: NumberTable?
    try withTemporaryDirectory { directory in
      try writeFile(bytes, to: directory + "/" + name)
      table = try NumberTable(path: directory + "/" + name)
    }
    return try #require(table)
  }

  /// Every separator, line end, and kind of ending gives the same numbers.
  @Test(arguments: [",", "\t", " ", " , ", "   ", " \t "], ["\n", "\r\n", "\n\n", "\r\n \r\n"])
  func spellings(separator: String, lineEnd: String) throws {
    let lines = Self.rows.map { $0.joined(separator: separator) }
    for header in [nil, ["a", "b", "\"c\""]] {
      for isEnded in [true, false] {
        let all = (header.map { [$0.joined(separator: separator)] } ?? []) + lines
        let text = all.joined(separator: lineEnd) + (isEnded ? lineEnd : "")
        let table = try Self.table(text)
        #expect(table.values == Self.values)
        #expect(table.columnNames == (header == nil ? nil : ["a", "b", "c"]))
        #expect(table.rowCount == 2 && table.columnCount == 3)
        #expect(table[1, 0] == 0.1 && table.column(2) == [300, -6.25])
      }
    }
  }

  @Test("Gzipped files and a byte order mark are read")
  func otherBytes() throws {
    let text = Array("x,y\n1,2\n".utf8)
    #expect(try Self.table(gzip(text)).values == [1, 2])
    let marked = try Self.table([0xEF, 0xBB, 0xBF] + text)
    #expect(marked.values == [1, 2] && marked.columnNames == ["x", "y"])
    #expect(try Self.table([0xEF, 0xBB, 0xBF] + Array("1,2\n".utf8)).columnNames == nil)
  }

  /// Texts that are no table, and what the error must say.
  @Test(arguments: [
    ("1\t2\n3\tabc\n", ["row 2, column 2: 'abc' is not a number"]),
    ("1\t2\r\n3\tabc\r\n", ["row 2, column 2: 'abc' is not a number"]),
    ("a,b\n\n1,2\n3,\n", ["row 4, column 2: '' is not a number"]),
    ("1,b\n1,2\n", ["row 1, column 2: 'b' is not a number"]),
    ("1,2\nx,y\n", ["row 2, column 1: 'x' is not a number"]),
    ("nan,inf\n1,2\n", ["row 1, column 1: 'nan' is not a number"]),
    ("1,0x10\n", ["row 1, column 2: '0x10' is not a number"]),
    ("1 2\r3 4\r", ["row 1, column 2", "is not a number"]),
    ("1,nan\n", ["row 1, column 2: 'nan' is not a number", "finite"]),
    ("1,2\n-inf,1e999\n", ["row 2, column 1: '-inf' is not a number"]),
    ("1,2\n3,1e999\n", ["row 2, column 2: '1e999' is not a number"]),
    ("1 2\n3 4,5\n", ["row 2, column 2: '4,5' is not a number"]),
    ("1,2\n3,4,5\n", ["row 2 has 3 columns", "first row has 2"]),
    ("1,2,3\n4\n", ["row 2 has 1 column,", "first row has 3"]),
    ("a b\n1 2 3\n", ["row 2 has 3 columns", "first row has 2"]),
    ("", ["no rows"]),
    ("\n \r\n\t\n", ["no rows"]),
    ("a,b,c\n", ["no rows"]),
    ("1,2\n1,\u{0}\u{1B}[2J\u{2028}x\n", ["row 2, column 2: '\u{FFFD}\u{FFFD}[2J\u{FFFD}x'"]),
    ("1,2\n1,\(String(repeating: "9x", count: 500))\n", ["9x…' is not a number"]),
  ])
  func mistakes(text: String, words: [String]) throws {
    let error = #expect(throws: DatasetError.self) { try Self.table(text, name: "airfoil.dat") }
    try expectOneLine(error, naming: "airfoil.dat: ", words)
    #expect(try #require(error).description.utf8.count < 400)
  }

  @Test("A missing file and a directory are named")
  func unreadable() throws {
    try withTemporaryDirectory { directory in
      for (path, words) in [(directory, "is a directory"), (directory + "/absent.csv", "cannot be read")] {
        let error = #expect(throws: DatasetError.self) { try NumberTable(path: path) }
        try expectOneLine(error, naming: path, words)
      }
    }
  }
}
