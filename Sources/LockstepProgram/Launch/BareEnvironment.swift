import Foundation

/// What mpirun needs of an environment, as containers and batch jobs leave it out.
enum BareEnvironment {
  /// An environment with a home and a temporary directory that are there, and with which root may start ranks.
  ///
  /// Without HOME Open MPI asks the list of users for it, and dies of a segmentation fault where it does not have this user.
  static func completed(_ given: [String: String]) -> [String: String] {
    var result = given
    if !isWritable(given["TMPDIR"] ?? "/tmp") {
      let candidates = ["/tmp", "/var/tmp", "/dev/shm", FileManager.default.currentDirectoryPath]
      result["TMPDIR"] = candidates.first(where: isWritable)
    }
    if given["HOME", default: ""].isEmpty {
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      var buffer = [CChar](repeating: 0, count: 16_384)
      getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found)
      result["HOME"] = found.map { String(cString: $0.pointee.pw_dir) } ?? result["TMPDIR"] ?? "/tmp"
    }
    if geteuid() == 0 {
      result["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      result["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    return result
  }

  private static func isWritable(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
      && access(path, W_OK | X_OK) == 0
  }
}
