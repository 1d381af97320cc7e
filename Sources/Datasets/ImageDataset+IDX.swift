import Mistakes

extension ImageDataset {
  /// Reads one split of a dataset in MNIST's form: gray images and labels in IDX files.
  ///
  /// The files are `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, for the test split `t10k-…`; each
  /// may end in `.gz`, and the dotted spelling `train-images.idx3-ubyte` is known too. Everything is checked
  /// before this returns.
  ///
  /// - Parameters:
  ///   - directory: the folder that holds the files.
  ///   - split: which files to read.
  ///   - classes: the number of classes, at least 1; labels are bytes in the files, so classes above 255 have
  ///     no samples.
  /// - Returns: images of one channel at their stored size, values 0 to 1.
  /// - Throws: `DatasetError` if a file is missing, damaged or not what its header says, if images and labels
  ///   differ in number, if there are none, or if a label is not a class.
  public static func loadIDX(
    directory: String, split: DatasetSplit, classes: Int
  ) throws(DatasetError) -> ImageDataset {
    require(classes >= 1, "samples are of at least 1 class, not \(classes)")
    try requireDirectory(directory)
    let prefix = split == .train ? "train" : "t10k"
    let imagePath = try path(in: directory, stem: "\(prefix)-images", suffix: "idx3-ubyte")
    let labelPath = try path(in: directory, stem: "\(prefix)-labels", suffix: "idx1-ubyte")

    // The labels are the smaller file: most mistakes show before the pixels are read.
    let labels = try IDXFile(path: labelPath, dimensionCount: 1)
    if let index = labels.elements.firstIndex(where: { $0 >= classes }) {
      throw .labelOutOfRange(
        file: labelPath, index: index, label: Int(labels.elements[index]), classes: classes)
    }
    let images = try IDXFile(path: imagePath, dimensionCount: 3)
    guard !images.elements.isEmpty else {
      throw .noImages(file: imagePath, dimensions: images.dimensions)
    }
    guard images.dimensions[0] == labels.dimensions[0] else {
      throw .countMismatch(
        images: imagePath, imageCount: images.dimensions[0], labels: labelPath,
        labelCount: labels.dimensions[0])
    }
    return ImageDataset(
      pixels: images.elements, labels: labels.elements.map(Int32.init), channels: 1,
      height: images.dimensions[1],
      width: images.dimensions[2], classes: classes)
  }

  private static func path(
    in directory: String, stem: String, suffix: String
  ) throws(DatasetError) -> String {
    let names = ["-", "."].flatMap { separator in
      ["", ".gz"].map { stem + separator + suffix + $0 }
    }
    return try firstFile(of: names, in: directory)
  }
}
