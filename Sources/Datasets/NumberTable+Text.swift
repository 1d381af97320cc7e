extension NumberTable {
  /// Reads a text file with one row a line.
  ///
  /// Cells are separated by commas if the first line has one outside of quotes, else by tabs, else by semicolons, else by
  /// runs of blanks; blanks around a cell do not matter. Cells may stand in double quotes (RFC 4180), in which separators
  /// and line ends are text, and two quotes are one. Lines end in LF or CRLF. Blank lines are skipped, and so is UTF-8's
  /// byte order mark. The first line is a header if none of its cells is a number or stands for a missing one; its names
  /// are all there, and different. The file may be gzipped.
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
    var reader = try TableReader(text: text, file: file)
    let columnNames = try reader.columnNames()
    var columnCount: Int?
    var values: [Double] = []
    // Rows are cut one by one: a list of all of them may take fifty times the text.
    while let row = try reader.next() {
      for column in row.cells.indices { values.append(try reader.number(in: row, column: column)) }
      columnCount = row.cells.count
    }
    guard let columnCount else { throw .noRows(file: file) }
    self.init(values: values, columnCount: columnCount, columnNames: columnNames, file: file)
  }
}

extension TableReader {
  /// The number in a cell.
  ///
  /// - Throws: `DatasetError` that names row and column, if it is none or not finite.
  func number(in row: Row, column: Int) throws(DatasetError) -> Double {
    let cell = row.cells[column].bytes
    if let number = Self.number(cell) { return number }
    throw .notANumber(
      file: file, row: row.number, column: column + 1, cell: String(decoding: cell, as: UTF8.self))
  }
}
