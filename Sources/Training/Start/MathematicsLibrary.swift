#if canImport(Glibc)
  import Glibc
#endif

/// The C library, from which `exp` and `log` come: their last bits differ between versions.
package enum MathematicsLibrary {
  /// Name and version, such as "glibc 2.36"; nil on systems that do not tell.
  package static let version: String? = {
    #if canImport(Glibc)
      var text = [CChar](repeating: 0, count: 64)
      guard confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count) > 0 else { return nil }
      return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #else
      return nil
    #endif
  }()
}
