import Inputs

extension TensorFile {
  /// Reads a safetensors file.
  ///
  /// All of the header is checked before any tensor is read: its length and its JSON, every type, shape and
  /// range, and that the tensors fill the file without overlap or gap. The order of the tensors is that of the
  /// header. Each tensor's bytes are read once, straight into its own memory.
  ///
  /// - Parameter path: the file, which must be a regular one.
  /// - Throws: `TensorFileError` if the file cannot be read or is not a valid safetensors file.
  public init(contentsOf path: String) throws(TensorFileError) {
    let file = try InputFile(path: path)
    // A file may have a hole as large as one likes, and be read as zeros.
    if file.byteCount > 1 << 26, let free = FreeMemory.byteCount(), file.byteCount > free {
      throw TensorFileError(
        path: path,
        problem: "has \(FreeMemory.text(file.byteCount)), but \(FreeMemory.text(free)) of memory are free")
    }
    let headerEnd = try Self.headerEnd(of: file)
    let header = try Header(
      json: file.read(at: Header.lengthByteCount..<headerEnd), dataByteCount: file.byteCount - headerEnd,
      path: path)

    var tensors: [(name: String, tensor: Tensor)] = []
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      let place = headerEnd + entry.byteRange.lowerBound..<headerEnd + entry.byteRange.upperBound
      let bytes = try file.read(at: place)
      tensors.append((entry.name, Tensor(dtype: entry.dtype, shape: entry.shape, bytes: bytes)))
    }
    self.init(tensors: tensors, metadata: header.metadata, path: path)
  }

  /// Returns where the header ends and the data begins, in bytes from the start of the file.
  private static func headerEnd(of file: borrowing InputFile) throws(TensorFileError) -> Int {
    if let kind = FileKind(ofPath: file.path), kind != .safetensors {
      throw TensorFileError(path: file.path, problem: otherKind(kind))
    }
    guard file.byteCount >= Header.lengthByteCount else {
      throw TensorFileError(
        path: file.path,
        problem: "has \(file.byteCount) bytes; a safetensors file begins with a header length of 8")
    }
    let head = try file.read(at: 0..<Header.lengthByteCount)
    guard !head.allSatisfy({ (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }) else {
      throw TensorFileError(path: file.path, problem: "is a text; expected a safetensors file")
    }
    let length = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let room = min(file.byteCount - Header.lengthByteCount, Header.largestJSONByteCount)
    guard length <= UInt64(room) else {
      throw TensorFileError(
        path: file.path,
        problem: "says that its header has \(length) bytes, but at most \(room) are possible; "
          + "the file is cut off or is not in the safetensors format")
    }
    return Header.lengthByteCount + Int(length)
  }

  /// What to tell whoever gave a file of another kind.
  private static func otherKind(_ kind: FileKind) -> String {
    switch kind {
    case .zip, .pickle:
      "is \(kind); save it as safetensors in Python: safetensors.torch.save_file(model.state_dict(), "
        + "\"model.safetensors\")"
    default: "is \(kind); expected a safetensors file"
    }
  }
}
