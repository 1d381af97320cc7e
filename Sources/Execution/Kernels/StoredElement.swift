/// A number as it is kept in memory; kernels compute in `Float`.
protocol StoredElement {
  /// The nearest number, of two equally near ones the even.
  init(rounding value: Float)
  var float: Float { get }
}

extension Float: StoredElement {
  @inline(__always)
  init(rounding value: Float) { self = value }
  @inline(__always)
  var float: Float { self }
}

/// The upper half of a `Float`.
///
/// Rounding adds half of what is cut off, less one where the result is even already. It takes the infinities and the
/// NaNs that arithmetic makes to themselves.
struct BFloat16: StoredElement {
  let bits: UInt16

  @inline(__always)
  init(rounding value: Float) {
    let bits = value.bitPattern
    self.bits = UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits &>> 16) & 1)) &>> 16)
  }

  @inline(__always)
  var float: Float { Float(bitPattern: UInt32(bits) &<< 16) }
}

extension UnsafeMutableRawPointer {
  /// The same memory as singles.
  @inline(__always)
  var floats: UnsafeMutablePointer<Float> { assumingMemoryBound(to: Float.self) }

  /// The same memory as elements of a type.
  @inline(__always)
  func elements<Element: StoredElement>(_: Element.Type) -> UnsafeMutablePointer<Element> {
    assumingMemoryBound(to: Element.self)
  }
}
