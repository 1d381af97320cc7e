package import Mistakes
package import NeuralNetworks

/// The shape of one sample as a user writes it: `3x6x6` or `3×6×6` for an image of three channels, `784` for a vector.
package struct InputShape: Hashable, Sendable, CustomStringConvertible {
  /// The shape, [channels, height, width] or [features].
  package let shape: Shape

  /// Reads `text`.
  ///
  /// - Throws: `UserMistake` for anything but one or three numbers from 1 on with at most 2³¹ − 1 elements.
  package init(_ text: String) throws(UserMistake) {
    let parts = text.split(omittingEmptySubsequences: false) { "xX×".contains($0) }
    let sizes = parts.compactMap { part in part.allSatisfy(\.isASCIIDigit) ? Int(part) : nil }
    guard sizes.count == parts.count, [1, 3].contains(sizes.count), Shape(sizes).isCountable else {
      throw UserMistake(
        "found the input shape \(String(text.prefix(60)).debugDescription), expected CHANNELSxHEIGHTxWIDTH such as "
          + "3x6x6, or a number of features such as 784, with at most \(Int32.max) elements")
    }
    shape = Shape(sizes)
  }

  /// The sizes joined by ×.
  package var description: String { shape.description }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
