import COneDNN

/// The shape and layout of a tensor in oneDNN's terms.
struct MemoryDescriptor {
  var raw: dnnl_memory_desc_t

  init(_ raw: dnnl_memory_desc_t) {
    self.raw = raw
  }

  /// A tensor whose dimensions lie as `tag` says; `dnnl_format_tag_any` leaves the layout to a primitive.
  init(
    _ dimensions: [Int], tag: dnnl_format_tag_t, _ element: ElementType = .float32
  ) throws(OneDNNError) {
    raw = dnnl_memory_desc_t()
    let sizes = dimensions.map(Int64.init)
    try check(
      dnnl_memory_desc_init_by_tag(&raw, Int32(sizes.count), sizes, element.dataType, tag),
      "dnnl_memory_desc_init_by_tag")
  }

  /// A tensor with a distance in elements between neighbours along each dimension.
  init(
    _ dimensions: [Int], strides: [Int], _ element: ElementType = .float32
  ) throws(OneDNNError) {
    raw = dnnl_memory_desc_t()
    let sizes = dimensions.map(Int64.init)
    try check(
      dnnl_memory_desc_init_by_strides(
        &raw, Int32(sizes.count), sizes, element.dataType, strides.map(Int64.init)),
      "dnnl_memory_desc_init_by_strides")
  }

  /// A tensor in PyTorch's order, the last dimension the fastest.
  static func plain(_ dimensions: [Int]) throws(OneDNNError) -> MemoryDescriptor {
    var strides = dimensions.map { _ in 1 }
    for index in dimensions.indices.dropLast().reversed() {
      strides[index] = strides[index + 1] * dimensions[index + 1]
    }
    return try MemoryDescriptor(dimensions, strides: strides)
  }

  /// The same memory as a smaller tensor, whose elements beyond `dimensions` are padding; a reorder into it fills
  /// the rest of a block with zeros.
  ///
  /// oneDNN counts padding in blocks only: told that a layout without blocks has some, its reorders lose all but the
  /// first element where a dimension is 1. There the smaller tensor lies between elements that nobody touches.
  func cropped(to dimensions: [Int]) -> MemoryDescriptor {
    var result = self
    func set(_ sizes: UnsafeMutableRawBufferPointer) {
      for (index, size) in dimensions.enumerated() {
        sizes.storeBytes(
          of: dnnl_dim_t(size), toByteOffset: index * MemoryLayout<dnnl_dim_t>.stride, as: dnnl_dim_t.self)
      }
    }
    withUnsafeMutableBytes(of: &result.raw.dims, set)
    if raw.format_desc.blocking.inner_nblks == 0 { withUnsafeMutableBytes(of: &result.raw.padded_dims, set) }
    return result
  }

  /// The bytes that the tensor occupies, padding included.
  var byteCount: Int {
    withUnsafePointer(to: raw) { dnnl_memory_desc_get_size($0) }
  }

  /// Whether two tensors have the same shape and layout.
  func isEqual(to other: MemoryDescriptor) -> Bool {
    withUnsafePointer(to: raw) { first in
      withUnsafePointer(to: other.raw) { dnnl_memory_desc_equal(first, $0) != 0 }
    }
  }
}
