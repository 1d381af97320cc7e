/// Makes a string of what a C function writes into a buffer of `capacity` bytes, with the length that it reports.
func string<Failure>(
  capacity: Int32,
  _ fill: (_ text: UnsafeMutablePointer<CChar>, _ length: UnsafeMutablePointer<Int32>) throws(Failure) -> Void
) throws(Failure) -> String {
  let text = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(capacity) + 1)
  defer { text.deallocate() }
  text.initialize(repeating: 0)
  guard let start = text.baseAddress else { return "" }
  var length: Int32 = 0
  try fill(start, &length)
  // Open MPI counts the zero at the end of its version, too.
  let bytes = UnsafeRawBufferPointer(text).prefix(Int(max(length, 0)))
  return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
}
