/// The header of a safetensors file: what the data after it means.
struct Header {
  /// The key in the header's JSON under which the metadata stand, and which is no tensor's name.
  static let metadataName = "__metadata__"

  /// The size of the little-endian integer before the JSON that tells the JSON's size.
  static let lengthByteCount = 8

  /// The size of JSON above which the format's own reader refuses a file.
  static let largestJSONByteCount = 100_000_000

  /// One tensor's description.
  struct Entry {
    var name: String
    var dtype: DataType
    var shape: [Int]

    /// Where the tensor lies, in bytes from the end of the header.
    var byteRange: Range<Int>
  }

  /// The tensors, in the order of the JSON.
  var entries: [Entry]

  var metadata: [String: String]

  /// The indices of `entries` in the order in which their bytes lie.
  ///
  /// An empty tensor lies before the one that begins at the same place.
  var dataOrder: [Int] {
    entries.indices.sorted { left, right in
      let (one, other) = (entries[left].byteRange, entries[right].byteRange)
      return (one.lowerBound, one.upperBound, left) < (other.lowerBound, other.upperBound, right)
    }
  }
}
