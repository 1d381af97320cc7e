extension ImageFolder {
  /// Images whose classes are not known, decoded when they are needed.
  ///
  /// - Parameters:
  ///   - paths: image files, and folders of them with all folders inside.
  ///   - fit: how images become those that are written, which must have one size.
  ///   - channels: 1 or 3.
  ///   - outputCount: the number of classes or values that they are answered with.
  /// - Returns: the images, all of the first class, and their paths.
  /// - Throws: `DatasetError` that names the first folder or file that is not as it should be.
  public static func unlabelled(
    _ paths: [String], fit: ImageFit, channels: Int, outputCount: Int
  ) throws(DatasetError) -> (images: ImageFolder, names: [String]) {
    let files = try CheckedImageFiles(ClassFolders(unlabelled: paths), in: nil, skips: false)
    var options = ImageFolder.Options(fit: fit, channels: channels)
    options.cacheByteCount = 0
    let images = try ImageFolder(
      files, classes: [String](repeating: "", count: outputCount), options)
    return (images, files.files.map(\.name))
  }
}
