import Foundation
import Safetensors
import Testing

/// The files that `Golden/make_golden.py` has made with PyTorch.
enum GoldenFile {
  static func read(_ name: String) throws -> TensorFile {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return try TensorFile(contentsOf: directory.appendingPathComponent("Golden/\(name)").path)
  }
}

/// One case of `operations.safetensors`: an operation, its inputs, and PyTorch's results.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  /// The constants of an operation, as the script names them.
  struct Settings: Decodable, Sendable {
    var op: String
    var kernel: Int?
    var stride: Int?
    var padding: Int?
    var bias: Bool?
    var momentum: Double?
    var epsilon: Double?
  }

  let name: String
  let settings: Settings
  let file: TensorFile

  var testDescription: String { name }

  /// All cases, by name.
  static let all: [GoldenCase] = {
    guard let file = try? GoldenFile.read("operations.safetensors"),
      let settings = try? JSONDecoder().decode(
        [String: Settings].self, from: Data((file.metadata["cases"] ?? "").utf8))
    else { return [] }
    return settings.map { GoldenCase(name: $0.key, settings: $0.value, file: file) }
      .sorted { $0.name < $1.name }
  }()

  func has(_ tensor: String) -> Bool { file["\(name)/\(tensor)"] != nil }

  func shape(_ tensor: String) throws -> [Int] { try file.tensor(named: "\(name)/\(tensor)").shape }

  func floats(_ tensor: String) throws -> [Float] { try file.elements(named: "\(name)/\(tensor)") }
}

/// The largest difference of two arrays, relative to the largest number of the second.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let scale = max(expected.map(abs).max() ?? 0, .leastNormalMagnitude)
  let differences = zip(found, expected).map { abs($0 - $1) }
  // A NaN compares as no difference otherwise.
  guard differences.allSatisfy(\.isFinite) else { return .infinity }
  return (differences.max() ?? 0) / scale
}
