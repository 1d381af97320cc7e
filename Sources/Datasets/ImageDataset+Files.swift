import Foundation

extension ImageDataset {
  /// Requires that there is a directory at a path.
  static func requireDirectory(_ path: String) throws(DatasetError) {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue
    else {
      throw .missingDirectory(path: path)
    }
  }

  /// The path of the first of some files that a directory holds.
  ///
  /// - Throws: `DatasetError` if it holds none of them.
  static func firstFile(of names: [String], in directory: String) throws(DatasetError) -> String {
    let base = directory.hasSuffix("/") ? directory : directory + "/"
    for name in names where FileManager.default.fileExists(atPath: base + name) { return base + name }
    throw .missingFile(directory: directory, names: names)
  }
}
