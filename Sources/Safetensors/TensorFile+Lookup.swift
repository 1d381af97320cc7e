extension TensorFile {
  /// Returns the tensor of a name that the file must hold.
  ///
  /// - Throws: `TensorFileError` if it does not.
  public func tensor(named name: String) throws(TensorFileError) -> Tensor {
    guard let tensor = self[name] else {
      throw error(of: name, "is missing; the file holds \(names.count) others")
    }
    return tensor
  }

  /// Returns the elements, in row-major order, of a tensor that the file must hold.
  ///
  /// - Parameters:
  ///   - name: the tensor's name.
  ///   - type: the elements' type; nothing is converted.
  ///   - shape: the shape that the tensor must have, or nil if any will do.
  /// - Throws: `TensorFileError` if the tensor is missing or of another type or shape.
  public func elements<Element: TensorElement>(
    named name: String, as type: Element.Type = Element.self, shape: [Int]? = nil
  ) throws(TensorFileError) -> [Element] {
    let tensor = try tensor(named: name)
    let neededShape = shape ?? tensor.shape
    guard let elements = tensor.elements(as: type), tensor.shape == neededShape else {
      throw error(of: name, "is \(tensor), but \(Element.dtype.rawValue) \(neededShape) is needed")
    }
    return elements
  }

  private func error(of name: String, _ problem: String) -> TensorFileError {
    TensorFileError(path: path ?? "tensors in memory", tensor: name, problem: problem)
  }
}
