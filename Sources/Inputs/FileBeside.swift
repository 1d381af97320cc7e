import Foundation

/// A file that another one names, such as the checkpoint that `latest` names.
package enum FileBeside {
  /// The path of the file of a name in a directory; nil if the name leaves the directory, or what is there is no regular
  /// file or lies elsewhere, behind a link.
  package static func path(of name: String, in directory: String) -> String? {
    guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), !name.utf8.contains(0) else {
      return nil
    }
    let path = "\(directory)/\(name)"
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let real = realPath(path), let realDirectory = realPath(directory)
    else { return nil }
    // A link to a neighbour stays inside.
    let inside = real.hasPrefix(realDirectory == "/" ? "/" : realDirectory + "/")
    return inside ? path : nil
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
