import Images

/// Image files whose headers were read and whose bytes were hashed.
///
/// Every file is read once, whole, by all threads: so a file that is no image or ends early is found before the run begins, and
/// the hashes tell whether two processes have the same data.
struct CheckedImageFiles: Sendable {
  /// What is known of a file.
  struct File: Sendable {
    /// The path relative to the folder, which the fingerprint covers.
    let name: String
    /// The class.
    let label: Int32
    /// The upright size in pixels.
    let height: Int
    let width: Int
    /// 1 if the image is gray, else 3.
    let channels: Int
    /// The 64-bit FNV-1a hash of the file's bytes, and their number.
    let hash: UInt64
    let byteCount: Int
  }

  /// The folder; nil where the names are whole paths.
  let path: String?
  /// The files that are images.
  var files: [File]
  /// What was wrong with those that were left out, in order.
  var skipped: [DatasetError]

  /// Reads all files.
  ///
  /// - Parameter skips: whether broken files are left out instead of ending the call.
  /// - Throws: `DatasetError` that names the first broken file and what is wrong.
  init(_ folders: ClassFolders, in path: String?, skips: Bool) throws(DatasetError) {
    let listed = folders.files
    let found = Results<Result<File, DatasetError>>(count: listed.count)
    try forEach(below: listed.count) { index throws(DatasetError) in
      do throws(DatasetError) {
        found[index] = .success(try Self.check(listed[index], in: path))
      } catch {
        guard skips else { throw error }
        found[index] = .failure(error)
      }
    }
    self.path = path
    (files, skipped) = ([], [])
    var errors: [DatasetError] = []
    for result in found.all {
      switch result {
      case .success(let file): files.append(file)
      case .failure(let error): errors.append(error)
      }
    }
    skipped = errors
  }

  /// What messages call all of the files together.
  var description: String { path ?? "the images" }

  /// The path of a file.
  func path(of name: String) -> String { Self.path(of: name, in: path) }

  private static func path(of name: String, in folder: String?) -> String {
    folder.map { "\($0)/\(name)" } ?? name
  }

  private static func check(_ file: ClassFolders.File, in folder: String?) throws(DatasetError) -> File {
    let path = path(of: file.name, in: folder)
    let bytes = try FileBytes.read(path)
    var header: ImageHeader?
    var failure: ImageError?
    var hash = FNV1a()
    bytes.withUnsafeBufferPointer { bytes in
      do throws(ImageError) { header = try ImageHeader(bytes) } catch { failure = error }
      hash.combine(bytes)
    }
    guard let header else { throw .brokenImage(file: path, problem: failure?.description ?? "") }
    return File(
      name: file.name, label: file.label, height: header.height, width: header.width,
      channels: header.channels, hash: hash.value, byteCount: bytes.count)
  }
}

/// A result for each of some numbers, written by any threads, each number by one.
final class Results<Element: Sendable>: @unchecked Sendable {
  private let elements: UnsafeMutableBufferPointer<Element?>

  init(count: Int) {
    elements = .allocate(capacity: count)
    elements.initialize(repeating: nil)
  }

  deinit {
    elements.deinitialize()
    elements.deallocate()
  }

  subscript(index: Int) -> Element? {
    get { elements[index] }
    set { elements[index] = newValue }
  }

  /// Those that were written, in order; to be asked for when the threads are done.
  var all: [Element] { elements.compactMap { $0 } }
}
