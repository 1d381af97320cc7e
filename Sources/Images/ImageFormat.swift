import CJPEG
import CPNG

/// The file formats that are decoded.
package enum ImageFormat: String, CaseIterable, Sendable, CustomStringConvertible {
  case jpeg, png

  /// The name of the format as one writes it.
  package var description: String { rawValue.uppercased() }

  /// The ends of the names of such files, without a dot and in small letters.
  package var extensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg"]
    case .png: ["png"]
    }
  }

  /// The name and the version of what decodes the format: "libjpeg-turbo 2.1.5".
  ///
  /// Of libjpeg-turbo, which does not tell, the version that was compiled against.
  package var decoder: String {
    switch self {
    case .jpeg: return String(cString: lockstep_jpeg_version())
    case .png:
      let version = lockstep_png_version()
      return "libpng \(version / 10_000).\(version / 100 % 100).\(version % 100)"
    }
  }
}
