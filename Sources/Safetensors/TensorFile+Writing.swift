extension TensorFile {
  /// Writes a safetensors file, whole or not at all.
  ///
  /// The bytes go to a temporary file in the same directory, which is brought to the disk and then takes the
  /// place of `path` in one step. A reader, or a crash at any moment, finds the old file or the new one. If
  /// writing fails, the temporary file is removed and the old file stays.
  ///
  /// The same content gives the same bytes. Tensors with larger elements lie first, so that each one is aligned
  /// to its element's size, as readers that map the file expect; the header keeps the order of `names`.
  ///
  /// - Parameter path: the file to make or to replace. If it is a symbolic link, the link is replaced.
  /// - Throws: `TensorFileError` with the system's reason.
  public func write(to path: String) throws(TensorFileError) {
    let tensors = self.tensors
    let header = Header(of: tensors, metadata: metadata)
    let headerBytes = header.encoded
    guard headerBytes.count - Header.lengthByteCount <= Header.largestJSONByteCount else {
      throw TensorFileError(
        path: path,
        problem: "would need a header of \(headerBytes.count) bytes, but the format allows "
          + "\(Header.largestJSONByteCount); shorten the metadata")
    }

    var file = try ReplacementFile(of: path)
    try file.write(headerBytes)
    for index in header.dataOrder { try file.write(tensors[index].tensor.bytes) }
    try file.commit()
  }
}
