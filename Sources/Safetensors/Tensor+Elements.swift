extension Tensor {
  /// Makes a tensor of Swift numbers.
  ///
  /// - Parameters:
  ///   - elements: the numbers in row-major order, as many as `shape` says.
  ///   - shape: the extents; one axis as long as `elements` by default. Empty for a scalar.
  public init<Element: TensorElement>(_ elements: some Collection<Element>, shape: [Int]? = nil) {
    let bytes =
      elements.withContiguousStorageIfAvailable { [UInt8](UnsafeRawBufferPointer($0)) }
      ?? Array(elements).withUnsafeBytes { [UInt8]($0) }
    self.init(dtype: Element.dtype, shape: shape ?? [elements.count], bytes: bytes)
  }

  /// Makes a tensor without axes, of one number.
  public init<Element: TensorElement>(scalar: Element) {
    self.init(CollectionOfOne(scalar), shape: [])
  }

  /// Returns the elements in row-major order, or nil if they are of another type.
  ///
  /// Nothing is converted: a tensor `F64` has no elements of type `Float`.
  ///
  /// - Complexity: O(`count`); the bytes are copied.
  public func elements<Element: TensorElement>(as type: Element.Type = Element.self) -> [Element]? {
    guard Element.dtype == dtype else { return nil }
    return [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      initializedCount = count
    }
  }
}
