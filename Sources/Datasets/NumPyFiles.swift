import Foundation
import Inputs

/// The arrays `x_train`, `y_train`, `x_test` and `y_test`: members of an `.npz` archive, or `.npy` files in a folder.
enum NumPyFiles {
  case folder(String)
  case archive(ZipArchive, path: String)

  /// Finds out what lies at a path.
  init(path: String) throws(DatasetError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .unusable(
        file: path,
        problem:
          "no such file or directory; give an .npz file, or the folder that holds x_train.npy and the others")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      self = .folder(path)
    } else {
      self = .archive(try ZipArchive(path: path), path: path)
    }
  }

  /// Opens an array by its name, and reads its header.
  ///
  /// - Throws: `DatasetError` if there is none, or it holds no numbers.
  func array(_ name: String) throws(DatasetError) -> NumPyArray {
    switch self {
    case .folder(let directory):
      let path = (directory.hasSuffix("/") ? directory : directory + "/") + name + ".npy"
      guard access(path, F_OK) == 0 else { throw .missingFile(directory: directory, names: [name + ".npy"]) }
      return try NumPyArray(path: path)
    case .archive(let archive, let path):
      guard let member = archive.members.first(where: { $0.name == name + ".npy" }) else {
        if archive.members.contains(where: { $0.name.hasSuffix("/data.pkl") }) {
          throw .otherKind(
            file: path, kind: FileKind.zip.description, expected: "an archive of NumPy's arrays (.npz)")
        }
        let found = archive.members.prefix(8).map { member in
          DatasetError.excerpt(member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name)
        }
        throw .unusable(
          file: path,
          problem: "has no array \(name)"
            + (found.isEmpty ? "" : ", but \(found.joined(separator: ", "))")
            + "; expected x_train, y_train, x_test and y_test")
      }
      return try NumPyArray(archive.open(member))
    }
  }
}
