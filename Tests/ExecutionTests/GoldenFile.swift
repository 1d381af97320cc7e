import Execution
import Foundation
import Safetensors
import Testing

/// The files that `Golden/make_golden.py` has made with PyTorch.
enum GoldenFile {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static func read(_ name: String) throws -> TensorFile {
    try TensorFile(contentsOf: directory.appendingPathComponent(name).path)
  }

  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: directory.appendingPathComponent(name))
  }

  /// Name, type and shape of each tensor of a network's state, in PyTorch's order.
  static func stateNames(of network: String) throws -> [String] {
    let networks = try JSONSerialization.jsonObject(with: data("names.json")) as? [String: [[Any]]]
    return try #require(networks?[network]).map { "\($0[0]) \($0[1]) \($0[2] as? [Int] ?? [])" }
  }

  /// A tensor of ours as ``stateNames(of:)`` tells it.
  static func describe(_ tensor: StateTensor) -> String {
    if case .floats = tensor.elements {
      "\(tensor.name) F32 \(tensor.shape)"
    } else {
      "\(tensor.name) I64 \(tensor.shape)"
    }
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
    var smoothing: Double?
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
