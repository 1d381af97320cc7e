import CCrypto
import Mistakes

/// A running SHA-256 digest (FIPS 180-4).
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// Begins a digest of no bytes yet.
  package init() {
    guard let context = EVP_MD_CTX_new() else { unreachable("no memory for a message digest") }
    let status = EVP_DigestInit_ex(context, EVP_sha256(), nil)
    require(status == 1, "OpenSSL refuses SHA-256: EVP_DigestInit_ex gave \(status)")
    self.context = context
  }

  /// The digest of a text in UTF-8, 64 hexadecimal digits.
  package static func digest(of text: String) -> String {
    var hash = SHA256()
    Array(text.utf8).withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// Adds bytes.
  ///
  /// The corresponding OpenSSL function is `EVP_DigestUpdate`.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    require(status == 1, "EVP_DigestUpdate gave \(status) for \(bytes.count) bytes")
  }

  /// Returns the digest as 64 hexadecimal digits.
  ///
  /// The corresponding OpenSSL function is `EVP_DigestFinal_ex`.
  package consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var byteCount: UInt32 = 0
    let status = EVP_DigestFinal_ex(context, &digest, &byteCount)
    require(status == 1, "EVP_DigestFinal_ex gave \(status)")
    let digits = Array("0123456789abcdef")
    return digest.prefix(Int(byteCount)).reduce(into: "") { text, byte in
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
  }
}
