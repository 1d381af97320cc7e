import Foundation
import Mistakes
import Records
import Safetensors
import Training

/// A variant of the base that a sweep trains on every seed.
struct SweepArm: Sendable {
  /// How it is called: `base`, or its changes.
  let name: String
  /// Changes of the base, each `KEY=VALUE`.
  let changes: [String]
  /// The name of its directory: the arm's, with what does not belong into names of files replaced.
  let directoryName: String

  /// The arm without changes.
  static let base = SweepArm(name: "base", changes: [], directoryName: "base")

  /// Makes an arm of changes with semicolons between them.
  init(_ text: String) {
    let changes = text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
    let kept = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=_,+-")
    let plain = String(text.prefix(80).map { kept.contains($0) ? $0 : "-" })
    // Two texts may look alike then.
    let isPlain = plain == text && plain != "base" && !plain.hasPrefix(".")
    self.init(
      name: text, changes: changes,
      directoryName: isPlain ? plain : "\(plain)-\(SHA256.digest(of: text).prefix(8))")
  }

  private init(name: String, changes: [String], directoryName: String) {
    (self.name, self.changes, self.directoryName) = (name, changes, directoryName)
  }
}
