import Mistakes

/// Shows a single value as a buffer of one element.
func withMutableBuffer<Element: MPIDatatype>(
  of value: inout Element, _ body: (UnsafeMutableBufferPointer<Element>) throws(MPIError) -> Void
) throws(MPIError) {
  try withUnsafeMutablePointer(to: &value) { pointer throws(MPIError) in
    try body(UnsafeMutableBufferPointer(start: pointer, count: 1))
  }
}

/// Shows a single value as a buffer of one element that is not written to.
func withBuffer<Element: MPIDatatype>(
  of value: Element, _ body: (UnsafeBufferPointer<Element>) throws(MPIError) -> Void
) throws(MPIError) {
  try withUnsafePointer(to: value) { pointer throws(MPIError) in
    try body(UnsafeBufferPointer(start: pointer, count: 1))
  }
}

/// Traps unless a buffer has the length that follows from the other arguments.
func requireCount(_ count: Int, _ needed: Int, in function: String) {
  require(count == needed, "\(function): a buffer has \(count) elements, but \(needed) are needed")
}

/// Divides gathered elements into the ranks' blocks.
func blocks<Element>(of all: [Element], counts: [Int]) -> [[Element]] {
  var start = 0
  return counts.map { count in
    defer { start += count }
    return Array(all[start..<start + count])
  }
}
