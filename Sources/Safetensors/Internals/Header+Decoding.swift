import Foundation

extension Header {
  /// Reads and checks a header.
  ///
  /// - Parameters:
  ///   - json: the JSON, with its padding.
  ///   - dataByteCount: the size of what follows the header, which the tensors must fill.
  ///   - path: the file, for errors.
  init(json: [UInt8], dataByteCount: Int, path: String) throws(TensorFileError) {
    // The format wants UTF-8 from the first byte; a decoder would also take a byte order mark and UTF-16.
    guard json.first == UInt8(ascii: "{"), !json.contains(0) else {
      throw TensorFileError(
        path: path,
        problem: "has a header that is not a JSON object; it is not in the safetensors format")
    }
    let content: HeaderJSON
    let names: [String]
    do {
      content = try JSONDecoder().decode(HeaderJSON.self, from: Data(json))
      names = try HeaderJSON.memberNames(of: json)
    } catch {
      throw Self.error(for: error, path: path)
    }

    var known: Set<String> = []
    for name in names where !known.insert(name).inserted {
      throw TensorFileError(
        path: path, tensor: name, problem: "occurs twice in the header; names must differ")
    }
    entries = []
    metadata = content.metadata
    for name in names {
      guard let entry = content.entries[name] else { continue }
      entries.append(try Entry(name: name, entry, path: path))
    }
    try checkThatTensorsFill(dataByteCount, path: path)
  }

  /// Checks that the tensors lie one after the other, from the first byte of the data to the last.
  private func checkThatTensorsFill(_ dataByteCount: Int, path: String) throws(TensorFileError) {
    var end = 0
    for entry in dataOrder.map({ entries[$0] }) {
      guard entry.byteRange.lowerBound == end else {
        throw TensorFileError(
          path: path, tensor: entry.name,
          problem: "begins at byte \(entry.byteRange.lowerBound) of the data, but the one before it ends at "
            + "\(end); there may be no gap or overlap")
      }
      end = entry.byteRange.upperBound
    }
    guard end == dataByteCount else {
      throw TensorFileError(
        path: path,
        problem: "has \(dataByteCount) bytes of data, but its header describes \(end); "
          + (dataByteCount < end ? "the file is cut off" : "nothing may follow the last tensor"))
    }
  }

  /// Says in one line what a decoder found wrong, and in which tensor.
  private static func error(for error: any Error, path: String) -> TensorFileError {
    // Foundation reports malformed text and numbers that are not integers alike, and without the place.
    guard let context = (error as? DecodingError)?.context, let member = context.codingPath.first
    else {
      return TensorFileError(
        path: path,
        problem: "has a header that is not valid JSON, or extents or offsets that are not integers")
    }
    guard member.stringValue != metadataName else {
      return TensorFileError(
        path: path,
        problem: "has a \(metadataName) with other values than texts: \(context.debugDescription)")
    }
    return TensorFileError(
      path: path, tensor: member.stringValue,
      problem: "needs a text dtype and lists of integers shape and data_offsets: \(context.debugDescription)")
  }
}

extension DecodingError {
  /// Where and why decoding failed.
  fileprivate var context: Context? {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      context
    @unknown default: nil
    }
  }
}

extension Header.Entry {
  /// Checks one tensor's description by itself.
  fileprivate init(name: String, _ entry: HeaderJSON.Entry, path: String) throws(TensorFileError) {
    guard let dtype = DataType(rawValue: entry.dtype) else {
      throw TensorFileError(
        path: path, tensor: name,
        problem: "has the unknown dtype \(entry.dtype.debugDescription); known are "
          + DataType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard entry.shape.allSatisfy({ $0 >= 0 }), let byteCount = Self.byteCount(of: dtype, entry.shape) else {
      throw TensorFileError(
        path: path, tensor: name,
        problem: "has the shape \(entry.shape); extents must be 0 or more and their product in range")
    }
    let offsets = entry.data_offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1] else {
      throw TensorFileError(
        path: path, tensor: name,
        problem: "has the data_offsets \(offsets); a begin and an end in bytes are needed")
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw TensorFileError(
        path: path, tensor: name,
        problem: "is \(dtype.rawValue) \(entry.shape), which is \(byteCount) bytes, but data_offsets "
          + "\(offsets) hold \(offsets[1] - offsets[0])")
    }
    self.init(name: name, dtype: dtype, shape: entry.shape, byteRange: offsets[0]..<offsets[1])
  }

  /// Returns the size of a tensor in bytes, or nil if it is out of range.
  private static func byteCount(of dtype: DataType, _ shape: [Int]) -> Int? {
    var result = dtype.byteCount
    for extent in shape {
      let (product, overflows) = result.multipliedReportingOverflow(by: extent)
      if overflows { return nil }
      result = product
    }
    return result
  }
}
