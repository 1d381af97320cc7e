import Configurations
import Records

extension MinimizationConfiguration {
  /// The samples of a regression, rows of a table of numbers in a text file: section `data`.
  package struct Samples: Equatable, Sendable {
    /// Which columns are brought to mean 0 and variance 1.
    package enum Standardize: String, ConfigurationWord {
      /// None.
      case none
      /// All but the target.
      case features
      /// All.
      case all
    }

    /// A column of the table.
    package enum Column: Equatable, Sendable {
      /// By its number, counted from 1.
      case number(Int)
      /// By its name in the header line.
      case name(String)
    }

    /// The file: comma, tab or blanks between the cells; may be gzipped.
    package var path: String
    /// How many rows are samples: the first ones, nil for all.
    ///
    /// Standardization looks at all rows of the file.
    package var rows: Int?
    /// Which columns are standardized.
    package var standardize = Standardize.none
    /// The column of the targets; nil for the last one.
    package var target: Column?
    /// By feature, what its column is multiplied by after standardization; nil for 1.
    package var scaleColumns: [Double]?
    /// The parts of a batch that are summed each by one rank, 1 to 4096; no more ranks than this can take part.
    package var blocks = 8
  }
}

extension MinimizationConfiguration.Samples {
  enum Key: String, ConfigurationWord {
    case path, rows, standardize, target
    case blocks = "microshards"
    case scaleColumns = "scale_columns"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    guard let path = try reader.text(.path) else {
      throw reader.error(.path, "missing; expected the file with the samples")
    }
    self.path = path
    rows = try reader.integer(.rows)
    standardize = try reader.word(.standardize) ?? standardize
    target = try Self.column(reader)
    scaleColumns = try reader.vector(.scaleColumns)
    blocks = try reader.integer(.blocks, in: 1...4096) ?? blocks
  }

  private static func column(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) -> Column? {
    guard let number = reader.node(.target)?.plainText.flatMap({ Int($0) }) else {
      return try reader.text(.target).map(Column.name)
    }
    guard number >= 1 else {
      throw reader.error(.target, expected: "a column's number from 1 on, or its name")
    }
    return .number(number)
  }

  var json: JSON {
    let column: JSON? = target.map { column in
      switch column {
      case .number(let number): .integer(number)
      case .name(let name): .text(name)
      }
    }
    return .section([
      Key.path: .text(path), .rows: rows.map(JSON.integer), .standardize: .word(standardize), .target: column,
      .scaleColumns: scaleColumns.map(JSON.vector), .blocks: .integer(blocks),
    ])
  }
}
