import Foundation
import Records
import Testing

/// The suite of all tests in which ranks act together.
///
/// It runs on one rank by `swift test`, on three by
///
///     mpirun -n 3 .build/release/LockstepPackageTests.xctest --testing-library swift-testing --filter RanksTests
@Suite(.serialized) struct RanksTests {}

/// Calls `body` with the path of a new directory, which is removed afterwards.
func withTemporaryDirectory<Result>(_ body: (_ directory: String) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try body(directory.path)
}

/// The path of a file or folder in `configs`.
func shipped(_ name: String = "") -> String {
  URL(filePath: #filePath).appending(path: "../../../configs/\(name)").standardized.path(
    percentEncoded: false)
}

/// The YAML files right in a folder of `configs`, sorted.
func shippedFiles(in folder: String = "") throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: shipped(folder)).filter { $0.hasSuffix(".yaml") }
    .sorted()
    .map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
}

extension JSON {
  /// The value of a dotted key; nil where there is none.
  subscript(_ key: String) -> JSON? {
    key.split(separator: ".").reduce(self) { value, name in
      guard case .object(let members)? = value else { return nil }
      return members.first { $0.key == name }?.value
    }
  }

  /// A block of YAML, a key a line, lists in brackets.
  func yaml(indent: String = "") -> [String] {
    guard case .object(let members) = self else { return [] }
    return members.flatMap { key, value in
      guard case .object = value else { return ["\(indent)\(key): \(value)"] }
      return ["\(indent)\(key):"] + value.yaml(indent: indent + "  ")
    }
  }
}
