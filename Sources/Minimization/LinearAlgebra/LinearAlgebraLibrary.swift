import CLAPACK

/// The library that factors matrices and finds eigenvalues.
public enum LinearAlgebraLibrary {
  /// The version of LAPACK that the program runs with, such as `3.11.0`.
  public static var version: String {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    LAPACKE_ilaver(&major, &minor, &patch)
    return "\(major).\(minor).\(patch)"
  }
}
