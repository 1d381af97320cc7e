import Foundation

/// The header's JSON with the types that the format prescribes, its values still unchecked.
struct HeaderJSON: Decodable {
  struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// Any member's name.
  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var entries: [String: Entry] = [:]
  var metadata: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for name in container.allKeys {
      if name.stringValue == Header.metadataName {
        metadata = try container.decode([String: String].self, forKey: name)
      } else {
        entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }
  }
}

extension HeaderJSON {
  /// Returns the names of the members of a JSON object in the order of the text, repeated ones repeatedly.
  ///
  /// Decoders lose the order and keep one of several members of the same name.
  ///
  /// - Parameter json: an object's text that a decoder has accepted.
  static func memberNames(of json: [UInt8]) throws -> [String] {
    var names: [String] = []
    var depth = 0
    var expectsName = false
    var index = 0
    while index < json.count {
      switch json[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        expectsName = depth == 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
      case UInt8(ascii: ","):
        expectsName = depth == 1
      case UInt8(ascii: "\""):
        let start = index
        index += 1
        while json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
        if expectsName {
          names.append(try JSONDecoder().decode(String.self, from: Data(json[start...index])))
          expectsName = false
        }
      default:
        break
      }
      index += 1
    }
    return names
  }
}
