extension Tensor {
  /// Returns the SHA-256 digest over the names, types, shapes and bytes of tensors, as 64 hexadecimal digits.
  ///
  /// The order in which the tensors come does not matter: they are taken in the order of their names' UTF-8
  /// bytes. Of each tensor this is hashed, where a length or an extent is an unsigned little-endian integer of
  /// 64 bits:
  ///
  /// 1. the length of the name in bytes, the name in UTF-8;
  /// 2. the length of the type's name in bytes, the type's name (`F32`);
  /// 3. the number of axes, the extent of each;
  /// 4. the elements, little-endian and in row-major order.
  ///
  /// No two different sets of tensors are hashed as the same bytes. In Python the digest of a file is:
  ///
  /// ```python
  /// import hashlib, json, struct
  /// blob, digest = open(path, "rb").read(), hashlib.sha256()
  /// start = 8 + int.from_bytes(blob[:8], "little")
  /// header = json.loads(blob[8:start])
  /// for name in sorted(header.keys() - {"__metadata__"}):
  ///     dtype, shape, (begin, end) = (header[name][key] for key in ("dtype", "shape", "data_offsets"))
  ///     for text in name.encode(), dtype.encode(): digest.update(struct.pack("<Q", len(text)) + text)
  ///     digest.update(struct.pack(f"<{1 + len(shape)}Q", len(shape), *shape))
  ///     digest.update(blob[start + begin:start + end])
  /// print(digest.hexdigest())
  /// ```
  ///
  /// - Parameter tensors: the tensors, whose names must differ.
  public static func digest(of tensors: some Sequence<(name: String, tensor: Tensor)>) -> String {
    var hash = SHA256()
    for (name, tensor) in tensors.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      hash.updateWithLength(of: name)
      hash.updateWithLength(of: tensor.dtype.rawValue)
      hash.update(tensor.shape.count)
      for extent in tensor.shape { hash.update(extent) }
      tensor.bytes.withUnsafeBytes { hash.update($0) }
    }
    return hash.finish()
  }
}

extension SHA256 {
  /// Adds a length or an extent as an unsigned little-endian integer of 64 bits.
  fileprivate mutating func update(_ number: Int) {
    withUnsafeBytes(of: UInt64(number).littleEndian) { update($0) }
  }

  /// Adds a text in UTF-8, preceded by its length.
  fileprivate mutating func updateWithLength(of text: String) {
    let bytes = Array(text.utf8)
    update(bytes.count)
    bytes.withUnsafeBytes { update($0) }
  }
}
