extension Header {
  /// Lays tensors out: larger elements first, otherwise in their order, without gaps.
  init(of tensors: [(name: String, tensor: Tensor)], metadata: [String: String]) {
    entries = tensors.map { name, tensor in
      Entry(name: name, dtype: tensor.dtype, shape: tensor.shape, byteRange: 0..<tensor.bytes.count)
    }
    self.metadata = metadata

    var offset = 0
    let bySize = entries.indices.sorted { left, right in
      (entries[right].dtype.byteCount, left) < (entries[left].dtype.byteCount, right)
    }
    for index in bySize {
      let byteCount = entries[index].byteRange.count
      entries[index].byteRange = offset..<offset + byteCount
      offset += byteCount
    }
  }

  /// The header as the file holds it: its length, and its JSON padded with spaces to a multiple of 8 bytes.
  ///
  /// The metadata come first, by the order of their keys' UTF-8 bytes, then the tensors in their order.
  var encoded: [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(Self.json($0.key)):\(Self.json($0.value))" }
      members.append("\(Self.json(Self.metadataName)):{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      let offsets = "\(entry.byteRange.lowerBound),\(entry.byteRange.upperBound)"
      members.append(
        "\(Self.json(entry.name)):{\"dtype\":\"\(entry.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offsets)]}")
    }

    var json = Array("{\(members.joined(separator: ","))}".utf8)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { [UInt8]($0) } + json
  }

  /// Returns a text as a JSON string (RFC 8259, section 7).
  private static func json(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        result += "\\\(scalar)"
      case "\0"..." ":
        let digits = String(scalar.value, radix: 16)
        result += scalar == " " ? " " : "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
