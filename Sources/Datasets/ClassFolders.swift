import Images

/// The image files below a folder of class folders, by class and in torchvision's order.
///
/// Class folders may have folders inside. The classes are sorted by the bytes of their names, the files of a class by the
/// folder that they lie in and then by name, as torchvision's `ImageFolder` sorts both.
struct ClassFolders {
  /// A file and its class.
  struct File {
    /// The path relative to the folder of class folders: "cat/young/1.jpg".
    let name: String
    /// The class, 0 ..< the number of classes.
    let label: Int32
  }

  /// The names of the classes, by class.
  let classes: [String]
  /// All files.
  let files: [File]

  /// More folders inside one another are taken for a circle of links.
  private static let largestDepth = 32

  /// Finds the files.
  ///
  /// - Parameters:
  ///   - path: the folder of class folders.
  ///   - names: the classes in order; nil for all folders that there are.
  ///   - isComplete: whether each class must have a folder, as those of the training set must.
  ///   - ignoresOthers: whether there may be folders of other classes.
  /// - Throws: `DatasetError` if there are no classes, or a class has no images.
  init(
    _ path: String, classes names: [String]?, isComplete: Bool = true, ignoresOthers: Bool = true
  ) throws(DatasetError) {
    let folders = try DirectoryListing(path).directories
    var chosen: [(name: String, folder: String?)] = []
    for name in names ?? folders {
      // macOS and Linux write the same letters with different bytes: the same bytes come first.
      let folder = folders.first { $0.utf8.elementsEqual(name.utf8) } ?? folders.first { $0 == name }
      guard folder != nil || !isComplete else {
        throw .missingClass(directory: path, name: name, found: folders)
      }
      chosen.append((name, folder))
    }
    let other = folders.first { folder in !chosen.contains { $0.folder == folder } }
    if let other, !ignoresOthers {
      throw .unknownClass(directory: path, name: other, classes: chosen.map(\.name))
    }
    guard !chosen.isEmpty else { throw .noClasses(directory: path) }
    classes = chosen.map(\.name)
    var files: [File] = []
    for (label, folder) in chosen.map(\.folder).enumerated() {
      guard let folder else { continue }
      let before = files.count
      var others: [String] = []
      try Self.collect(folder, in: path, Int32(label), into: &files, others: &others)
      if files.count == before { throw .emptyClass(directory: "\(path)/\(folder)", others: others) }
    }
    self.files = files
  }

  /// Finds images whose classes are not known: files as they are given, and all image files of folders.
  ///
  /// - Throws: `DatasetError` if a folder holds no image.
  init(unlabelled paths: [String]) throws(DatasetError) {
    var files: [File] = []
    for path in paths {
      guard DirectoryListing.isDirectory(path) else {
        files.append(File(name: path, label: 0))
        continue
      }
      let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      let before = files.count
      var others: [String] = []
      try Self.collect(folder, in: nil, 0, into: &files, others: &others)
      if files.count == before { throw .emptyClass(directory: folder, others: others) }
    }
    (classes, self.files) = ([], files)
  }

  /// Adds the files of a folder and of all folders inside, sorted by whole paths: what lies in "a b" comes before what lies
  /// in "a/b", for a blank precedes a slash.
  private static func collect(
    _ folder: String, in path: String?, _ label: Int32, into files: inout [File], others: inout [String]
  ) throws(DatasetError) {
    func whole(_ folder: String) -> String { path.map { "\($0)/\(folder)" } ?? folder }
    let depth = folder.utf8.count(where: { $0 == UInt8(ascii: "/") })
    var folders = [folder]
    var next = 0
    while next < folders.count {
      guard folders[next].utf8.count(where: { $0 == UInt8(ascii: "/") }) - depth < largestDepth else {
        throw .endlessDirectories(path: whole(folders[next]), limit: largestDepth)
      }
      folders += try DirectoryListing(whole(folders[next])).directories.map { "\(folders[next])/\($0)" }
      next += 1
    }
    for folder in folders.sorted(by: precedes) {
      for name in try DirectoryListing(whole(folder)).files {
        if isImage(name) {
          files.append(File(name: "\(folder)/\(name)", label: label))
        } else {
          others.append(name)
        }
      }
    }
  }

  private static let extensions = ImageFormat.allCases.flatMap(\.extensions)

  /// Whether a name is that of an image file, by its end.
  private static func isImage(_ name: String) -> Bool {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return extensions.contains(name[name.utf8.index(after: dot)...].lowercased())
  }
}
