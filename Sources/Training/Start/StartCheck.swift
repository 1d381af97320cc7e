package import Execution
import Foundation
import Images
import Mistakes
package import Records
import Safetensors

/// What all ranks compare before a run begins: command line, configuration, program, data, and the order of sums.
///
/// Every rank must make all comparisons, in the same order. A difference ends the command on all ranks; the first rank
/// that differs from rank 0 tells it.
package struct StartCheck {
  /// Values under their names, in order; the names of different values differ.
  package typealias Entries = [(key: String, value: String)]

  private let ranks: any Ranks

  /// Makes the comparisons among ranks.
  package init(_ ranks: any Ranks) {
    self.ranks = ranks
  }

  /// Requires that all ranks were given the same options beside the configuration.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere`.
  package func requireEqual(options: Entries) throws {
    try requireEqual(options, of: "the command line", called: "command line")
  }

  /// Requires that all ranks have the same experiment, told by its record; `source` is where it came from.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere`.
  package func requireEqual(experiment: JSON, source: String) throws {
    let entries = experiment.leaves.map { (key: $0.key, value: $0.value.description) }
    try requireEqual(entries, of: source, called: "experiment")
  }

  /// Requires that all ranks run the same binary with the same kernels and mathematical functions, without which there are no equal bits.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere`.
  package func requireEqualProgram() throws {
    guard ranks.count > 1 else { return }
    try requireEqual(Self.program, of: Bundle.main.executablePath ?? "lockstep", called: "program")
  }

  /// What computes: the program, and the libraries whose results are a part of the bits.
  package static var program: Entries {
    [
      ("SHA-256 of the binary", binaryDigest ?? "unknown"), ("oneDNN", KernelLibrary.version),
      ("instruction set", KernelLibrary.instructionSet),
    ] + (MathematicsLibrary.version.map { [("C library", $0)] } ?? [])
      + ImageFormat.allCases.map { ("\($0) decoder", $0.decoder) }
  }

  /// Requires that all ranks have read the same data, told by the fingerprint of each split.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere`.
  package func requireEqual(fingerprints: [(split: String, fingerprint: UInt64)], source: String) throws {
    let entries = fingerprints.map { split, fingerprint in
      (key: "fingerprint of the \(split) split", value: String(fingerprint, radix: 16))
    }
    try requireEqual(entries, of: source, called: "data")
  }

  /// Requires that all ranks make the same sums in the same order; after equal configurations only a fault of ours,
  /// or of the kernel library, makes them differ.
  ///
  /// - Throws: `CommonFailure`.
  package func requireEqual(sums: [BatchSum]) throws {
    let entries = sums.enumerated().map { index, sum in
      (key: "sum \(index + 1)", value: "\(sum.count) \(sum.kind) of \(sum.name)")
    }
    let complaint = try complaint(entries, of: "the order of all-reduces", called: "order of all-reduces")
    try ranks.fail(together: complaint)
  }

  // MARK: - Comparisons

  private func requireEqual(_ entries: Entries, of source: String, called what: String) throws {
    let complaint = try complaint(entries, of: source, called: what)
    // The complaint tells its rank itself.
    try ranks.agree(namesRanks: false) { if let complaint { throw UserMistake(complaint) } }
  }

  /// What this rank has otherwise than rank 0; nil if nothing.
  private func complaint(_ entries: Entries, of source: String, called what: String) throws -> String? {
    // Keys and values are parts of JSON or numbers, none of which contains line ends or tabs.
    let text = entries.map { "\($0.key)\t\($0.value)" }.joined(separator: "\n")
    let first: Entries = try ranks.broadcast(text).split(separator: "\n").map { line in
      let parts = line.split(separator: "\t", maxSplits: 1)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    guard let (key, own, other) = Self.difference(of: entries, from: first) else { return nil }
    func value(_ value: String?) -> String { value.map { "has \($0)" } ?? "does not set it" }
    return
      "\(source): \(key): rank \(ranks.rank) on \(ranks.host) \(value(own)), but rank 0 \(value(other)); all ranks "
      + "need the same \(what)"
  }

  /// The first key whose value is not the same, with both values; nil stands for no value.
  package static func difference(
    of own: Entries, from first: Entries
  ) -> (key: String, own: String?, first: String?)? {
    let ownValues = Dictionary(own.map { ($0.key, $0.value) }) { $1 }
    let firstValues = Dictionary(first.map { ($0.key, $0.value) }) { $1 }
    let key = (first + own).lazy.map(\.key).first { ownValues[$0] != firstValues[$0] }
    return key.map { ($0, ownValues[$0], firstValues[$0]) }
  }

  /// The SHA-256 of the running binary; nil if it cannot be read.
  package static let binaryDigest: String? = {
    #if os(Linux)
      // Opens what is running, even if another build has taken its place in the meantime.
      let path: String? = "/proc/self/exe"
    #else
      let path = Bundle.main.executablePath
    #endif
    guard let path, let bytes = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    else { return nil }
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }()
}
