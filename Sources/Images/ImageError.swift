/// What is wrong with an image file; whoever knows the file's name puts it before the description.
package enum ImageError: Error, Hashable, Sendable {
  /// The file is empty.
  case empty
  /// The file is neither a JPEG nor a PNG image; `kind` is what it looks like instead, in words, if it looks like anything.
  case otherKind(String?)
  /// The file ends before its image does.
  case truncated(ImageFormat)
  /// The decoder has refused it, for the reason given in its own words.
  case damaged(ImageFormat, reason: String)
  /// The colors are not those of a screen.
  case unsupportedColors(String)
  /// The header announces an image of more pixels than are taken.
  case oversized(width: Int, height: Int)
  /// There is no memory for the decoded image.
  case noMemory(width: Int, height: Int, freeByteCount: Int)
}

extension ImageError: CustomStringConvertible {
  /// What was found and what would be right, to stand behind the name of the file.
  package var description: String {
    switch self {
    case .empty: "is empty; expected a JPEG or PNG image"
    case .otherKind(let kind): "is \(kind ?? "no image"); expected a JPEG or PNG image"
    case .truncated(let format): "truncated: the file ends before the \(format) image does"
    case .damaged(let format, let reason): "damaged \(format) image: \(reason)"
    case .unsupportedColors(let colors): "is \(colors); expected gray or RGB: convert it"
    case .oversized(let width, let height):
      "announces \(width)×\(height) pixels, more than the \(ImageHeader.largestPixelCount) that are taken"
    case .noMemory(let width, let height, let free):
      "has \(width)×\(height) pixels, for which there is no room in \(free) bytes of free memory"
    }
  }
}
