extension Array where Element: MPIDatatype {
  /// Makes an array of `count` elements that `fill` writes, all of them, without clearing them first.
  init(
    count: Int, filledBy fill: (UnsafeMutableBufferPointer<Element>) throws(MPIError) -> Void
  ) throws(MPIError) {
    var failure: MPIError?
    self.init(unsafeUninitializedCapacity: count) { buffer, initializedCount in
      do throws(MPIError) {
        try fill(UnsafeMutableBufferPointer(rebasing: buffer.prefix(count)))
        initializedCount = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
