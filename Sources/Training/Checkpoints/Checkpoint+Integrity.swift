import Mistakes
package import Safetensors

extension Checkpoint {
  /// The key under which a file of a checkpoint holds its checksum.
  static let checksumKey = "lockstep.checksum"
  private static let versionKey = "lockstep.version"
  /// The version of the files that are written: with checksums.
  static let version = 3
  /// The versions of files without checksums, which are read as well.
  private static let oldVersions = 1...2

  /// Adds the version and the checksum to a file that is about to be written.
  package static func seal(_ file: inout TensorFile) {
    file.metadata[versionKey] = String(version)
    file.metadata[checksumKey] = checksum(of: file)
  }

  /// SHA-256 over all names, types, shapes and bytes of tensors and over all metadata but the checksum: no bit of a file's
  /// content can change without it.
  private static func checksum(of file: TensorFile) -> String {
    var text = Tensor.digest(of: file.tensors)
    for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) where key != checksumKey {
      text += "\n\(key.utf8.count) \(key) \(value.utf8.count) \(value)"
    }
    return SHA256.digest(of: text)
  }

  /// Reads a file of a checkpoint, or a model that others wrote, and sees that no bit of it has changed since.
  ///
  /// - Throws: `TensorFileError` if the file cannot be read or is damaged, or comes from a newer version of Lockstep.
  package static func readFile(_ path: String) throws(TensorFileError) -> TensorFile {
    let file = try TensorFile(contentsOf: path)
    let ownKeys = file.metadata.keys.filter { $0.hasPrefix("lockstep.") }
    // What PyTorch has saved again tells nothing of Lockstep.
    guard !ownKeys.isEmpty else { return file }
    // State files without checksums do not tell a version.
    let told =
      file.metadata[versionKey]
      ?? (file.metadata[checksumKey] == nil ? "\(oldVersions.upperBound)" : "nothing")
    let isOld = Int(told).map(oldVersions.contains) ?? false
    guard told == "\(version)" || isOld else {
      throw TensorFileError(
        path: path,
        problem:
          "metadata \(versionKey): found \(told), but this program reads \(oldVersions.lowerBound) to \(version); the file is damaged, "
          + "or a newer Lockstep wrote it")
    }
    guard let sum = file.metadata[checksumKey] else {
      guard isOld else {
        throw TensorFileError(path: path, problem: "is damaged: its metadata hold no \(checksumKey)")
      }
      return file
    }
    guard sum == checksum(of: file) else {
      throw TensorFileError(
        path: path,
        problem:
          "is damaged: its content does not have the checksum that stands in its metadata; take an earlier checkpoint, "
          + "or a copy of this one")
    }
    return file
  }
}

extension TensorFile {
  /// What no training leaves behind: the first number that is not finite, or a variance or a count below zero; nil if there is
  /// none.
  package var implausibility: String? {
    for (name, tensor) in tensors {
      func found(_ index: Int, _ value: some Any, _ expected: String) -> String {
        "\(path ?? "the checkpoint"): tensor \"\(name)\": element \(index) is \(value), expected \(expected)"
      }
      if let values = tensor.elements(as: Float.self) {
        if let index = values.firstIndex(where: { !$0.isFinite }) {
          return found(index, values[index], "a finite number")
        }
        guard name.hasSuffix("running_var") || name.contains("exp_avg_sq/") else { continue }
        if let index = values.firstIndex(where: { $0 < 0 }) {
          return found(index, values[index], "at least 0, as a variance is")
        }
      } else if let values = tensor.elements(as: Int64.self), name.hasSuffix("num_batches_tracked"),
        let index = values.firstIndex(where: { $0 < 0 })
      {
        return found(index, values[index], "at least 0, as a count is")
      }
    }
    return nil
  }
}
